"""The arithmetic of the benchmarks."""

from __future__ import annotations

import pytest

from bench.figures import Cost, Figure, Goal, eta, ideal_seconds, median_ratio, steps


def test_a_goal_is_reached_at_its_bound():
    assert Goal("at most", 1.05).holds(1.05)
    assert not Goal("at most", 1.05).holds(1.0501)
    assert Goal("at least", 0.9).holds(0.9)
    assert not Goal("at least", 0.9).holds(0.8999)


def test_a_figure_without_a_goal_has_no_verdict():
    assert Figure("m", "what", 1.0).verdict == ""
    assert Figure("m", "what", 1.0, goal=Goal("at most", 2)).verdict == "reached"
    assert Figure("m", "what", 3.0, goal=Goal("at most", 2)).verdict == "not reached"


def test_ratios_are_taken_round_by_round_and_one_bad_round_does_not_count():
    assert median_ratio([(2, 1), (20, 10), (9, 1)]) == 2


def test_no_rounds_are_an_error():
    with pytest.raises(ValueError, match="no median"):
        median_ratio([])


def test_the_ideal_is_all_work_on_all_cores_where_every_stage_can_keep_up():
    costs = [Cost("a", 3.0, 6.0), Cost("b", 2.0, 2.0)]
    assert ideal_seconds(costs, cores=2) == 4.0


def test_the_ideal_is_the_slowest_stage_where_the_others_wait_for_it():
    costs = [Cost("a", 1.0, 2.0), Cost("b", 5.0, 5.0)]
    assert ideal_seconds(costs, cores=8) == 5.0


def test_eta_is_one_for_a_pipeline_that_takes_the_ideal_time():
    costs = [Cost("a", 3.0, 6.0), Cost("b", 2.0, 2.0)]
    assert eta(costs, 2, 4.0) == 1.0
    assert eta(costs, 2, 5.0) == 0.8


def test_a_step_is_the_difference_of_the_means_on_both_sides_of_a_join():
    quality = [40.0] * 10 + [41.5] * 10 + [41.0] * 10
    assert steps(quality, [10, 20], reach=4) == [1.5, 0.5]
