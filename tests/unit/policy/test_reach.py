"""Which rules can still match behind others."""

from __future__ import annotations

import pytest

from hybridface_operator.policy.reach import reach
from support.policies import policy


def reachable(*whens) -> list[bool]:
    return [bool(cells) for cells in reach(policy(*({"when": when} for when in whens)).rules)]


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ({}, {"labels": {"a": "1"}}),
        ({"sensitivity": ["public", "internal"]}, {"sensitivity": ["public"], "priority": ["low"]}),
        ({"namespaces": ["a", "b"]}, {"namespaces": ["b"]}),
        ({"labels": {"a": "1"}}, {"labels": {"a": "1", "b": "2"}}),
        ({"timeLeftBelow": "10m"}, {"timeLeftBelow": "5m"}),
        ({"privateBacklogAbove": "5m"}, {"privateBacklogAbove": "10m"}),
    ],
)
def test_a_rule_behind_a_wider_one_never_matches_and_before_it_does(wide, narrow):
    assert reachable(wide, narrow) == [True, False]
    assert reachable(narrow, wide) == [True, True]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"sensitivity": ["public"]}, {"sensitivity": ["internal"]}),
        ({"sensitivity": ["public"]}, {"priority": ["low"]}),
        ({"labels": {"a": "1"}}, {"labels": {"a": "2"}}),
        ({"labels": {"a": "1"}}, {"namespaces": ["a"]}),
        ({"timeLeftBelow": "10m"}, {"privateBacklogAbove": "10m"}),
        ({"timeLeftBelow": "5m"}, {"timeLeftBelow": "10m"}),
        ({"privateBacklogAbove": "10m"}, {"privateBacklogAbove": "5m"}),
    ],
)
def test_rules_that_ask_for_different_things_leave_each_other_work(first, second):
    assert reachable(first, second) == [True, True]


def test_several_rules_together_take_everything():
    halves = [{"sensitivity": ["public", "internal"]}, {"sensitivity": ["restricted"], "timeLeftBelow": "10m"}]
    assert reachable(*halves, {"timeLeftBelow": "5m"}) == [True, True, False]
    assert reachable(*halves, {"timeLeftBelow": "15m"}) == [True, True, True]


def test_the_same_length_of_time_written_otherwise_is_the_same():
    assert reachable({"timeLeftBelow": "10m"}, {"timeLeftBelow": "600s"}) == [True, False]
    assert reachable({"privateBacklogAbove": "60m"}, {"privateBacklogAbove": "1h"}) == [True, False]
