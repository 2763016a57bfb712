from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridface_operator.spec import types
from hybridface_operator.spec.types import MEANING, seconds


@pytest.mark.parametrize(
    ("duration", "length"), [("90s", 90), ("30m", 1800), ("1h30m", 5400), ("1h0m0s", 3600), ("2h5s", 7205)]
)
def test_a_duration_has_a_length(duration, length):
    assert seconds(duration) == length


@given(st.integers(0, 9999), st.integers(0, 59), st.integers(0, 59))
def test_durations_as_go_prints_them(hours, minutes, rest):
    text = f"{hours}h{minutes}m{rest}s"
    assert re.fullmatch(types.DURATION, text)
    assert seconds(text) == hours * 3600 + minutes * 60 + rest


@pytest.mark.parametrize("text", ["30m1h", "30", "1d", "-5m", "1h 30m"])
def test_what_is_no_duration(text):
    with pytest.raises(ValueError, match="no duration"):
        seconds(text)


def test_every_pattern_says_what_it_asks_for():
    patterns = {value for name, value in vars(types).items() if name.isupper() and str(value).startswith("^")}
    assert patterns == MEANING.keys()
