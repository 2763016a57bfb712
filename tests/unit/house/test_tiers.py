from __future__ import annotations

from types import SimpleNamespace

import pytest

from support import tiers
from support.tiers import TESTS, Tier

LACKING = Tier("odd", ("odd",), budget_seconds=10, lacks=lambda: "needs a moon")
ABLE = Tier("plain", ("plain",), budget_seconds=10)


@pytest.fixture(autouse=True)
def two_tiers(monkeypatch):
    monkeypatch.setattr(tiers, "TIERS", (LACKING, ABLE))


def _item(folder):
    return SimpleNamespace(path=TESTS / folder / "test_x.py")


def _report(folder, name, seconds):
    return SimpleNamespace(nodeid=f"tests/{folder}/test_x.py::{name}", duration=seconds)


def test_what_cannot_run_is_skipped_with_the_reason(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="tier odd: needs a moon"):
        tiers.pytest_runtest_setup(_item("odd"))


def test_what_cannot_run_fails_in_ci(monkeypatch):
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="tier odd: needs a moon"):
        tiers.pytest_runtest_setup(_item("odd"))


def test_what_can_run_is_left_alone():
    tiers.pytest_runtest_setup(_item("plain"))


def test_the_summary_has_a_line_for_each_tier_with_its_work_or_why_there_was_none():
    reports = [_report("plain", "a", 1.5), _report("plain", "a", 2.5), _report("plain", "b", 3), _report("odd", "c", 0)]
    assert tiers.summary(reports) == [
        "tier odd: 1 tests, skipped: needs a moon",
        "tier plain: 2 tests, 7 s of work, budget 10 s",
    ]
