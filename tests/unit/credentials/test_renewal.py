"""When credentials are renewed, and which of them first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hybridface_operator.credentials.renewal import Held, due

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def held(name, minted=NOON, life=HOUR):
    return Held(name, minted, minted + life)


@pytest.mark.parametrize(("minutes", "is_due"), [(0, False), (29, False), (30, True), (61, True)])
def test_at_half_of_their_life_they_are_due(minutes, is_due):
    assert bool(due([held("a")], NOON + timedelta(minutes=minutes))) is is_due


def test_those_that_end_first_are_renewed_first():
    many = [held("late", NOON, 3 * HOUR), held("b"), held("a"), held("fresh", NOON + 2 * HOUR)]
    assert [each.name for each in due(many, NOON + 2 * HOUR)] == ["a", "b", "late"]


@pytest.mark.parametrize(
    ("minted", "expires"),
    [(None, None), ("2026-05-01T12:00:00Z", None), ("soon", "2026-05-01T13:00:00Z"), ("2026-05-01T12:00:00", "")],
)
def test_a_secret_that_does_not_say_when_is_renewed_at_once_and_first(minted, expires):
    unknown = Held.of("z", minted, expires)
    assert [each.name for each in due([held("a"), unknown], NOON + HOUR)] == ["z", "a"]


def test_a_secret_says_when():
    assert Held.of("a", "2026-05-01T12:00:00Z", "2026-05-01T13:00:00+00:00") == held("a")
