"""Where each phase stands: what is left, what waits, and what is given up."""

from __future__ import annotations

import pytest

from hybridface_operator.reconciling import actions as act
from hybridface_operator.reconciling import merging as merge_phase
from hybridface_operator.reconciling import probing as probe_phase
from hybridface_operator.reconciling import swapping as swap_phase
from hybridface_operator.reconciling.advance import advance
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.task import ProbeShard
from support.plans import images, plan, video
from support.reconciling import (
    CHUNKS,
    PLAN,
    died,
    end,
    exits,
    found,
    kinds,
    merge,
    merging,
    probe,
    probing,
    reports,
    swapping,
)
from support.reconciling import swap as swap_attempt

ROWS = tuple(ProbeShard(sources=(0, 0), targets=(row, row + 1)) for row in range(3))
SPLIT = (ProbeShard(sources=(0, 1), targets=(0, 0)), ProbeShard(sources=(0, 0), targets=(0, 3)), *ROWS)


def probe_progress(seen):
    """Where Probe stands for a job whose inputs are known."""
    assert seen.inputs is not None
    return probe_phase.progress(seen, seen.inputs)


def ended(kind, number=1, *shards):
    return kind(number, *shards, end=end(number), job=None)


def test_remaining_is_the_plan_less_what_is_committed_less_what_is_held():
    seen = swapping(committed={CHUNKS[0]: "done"}, attempts=(swap_attempt(1, CHUNKS[1:2]), ended(swap_attempt, 2)))
    progress = swap_phase.progress(seen, PLAN)
    assert progress.left == CHUNKS[1:]
    assert progress.waiting == CHUNKS[2:]


def test_chunks_of_an_output_that_is_reported_on_are_not_worked():
    assert swap_phase.progress(swapping(reports=reports(outcome="failed")), PLAN).needed == ()


def test_the_chunks_of_one_range_stay_together_for_all_sources():
    several = plan(video("clip", 256), sources=("a", "b", "c"))
    progress = swap_phase.progress(swapping(plan=several), several)
    assert (len(progress.waiting), progress.ranges) == (12, 4)


def test_a_chunk_that_ended_as_many_workers_as_it_may_is_given_up_and_no_other():
    ends = tuple(died(1, again=each) for each in range(3))
    seen = swapping(tries={CHUNKS[1]: ends, CHUNKS[2]: ends[:2]})
    progress = swap_phase.progress(seen, PLAN)
    (lost,) = progress.lost
    assert (lost.chunk, lost.finding.reason, lost.attempt) == (CHUNKS[1], Reason.TOO_MANY_TRIES, 1)
    assert progress.waiting == (CHUNKS[0], *CHUNKS[2:])
    assert kinds(advance(seen)) == ["FailChunk"]


def test_a_failed_chunk_is_committed_and_its_output_is_merged_to_say_so():
    committed = dict.fromkeys(CHUNKS, "done") | {CHUNKS[1]: "failed"}
    assert advance(swapping(committed=committed)).request.phase == "merge"


def test_a_row_that_ends_its_worker_is_looked_for_among_its_neighbours():
    seen = probing(attempts=(ended(probe),), exits=exits(died(1, 1)))
    progress = probe_progress(seen)
    assert progress.task.shards == SPLIT
    assert progress.missing == (0, 2, 3, 4)


def test_what_is_probed_is_not_split_although_a_worker_ended():
    seen = probing(attempts=(ended(probe),), exits=exits(died(1, 1)))
    progress = probe_progress(probing(attempts=seen.attempts, exits=seen.exits, probes=found(seen, (0, 3))))
    assert (progress.missing, len(progress.task.shards)) == ((), 2)


def test_shards_are_not_split_while_an_attempt_works_them():
    seen = probing(attempts=(probe(1),), exits=exits(died(1, 1)))
    assert len(probe_progress(seen).task.shards) == 2


def test_a_worker_whose_end_does_not_count_splits_nothing():
    seen = probing(attempts=(ended(probe),), exits=exits(died(1, 1, counts=False)))
    assert len(probe_progress(seen).task.shards) == 2


def test_a_row_that_ended_every_worker_is_refused_and_its_neighbours_are_probed():
    ends = [died(2, 3, again=each) for each in range(3)]
    seen = probing(attempts=(ended(probe), ended(probe, 2, *SPLIT)), exits=exits(died(1, 1), *ends))
    (action,) = advance(seen).actions
    assert isinstance(action, act.GiveUpProbe)
    assert action.result.shard == 3
    assert [(each.target, each.refusal.reason) for each in action.result.items if each.refusal] == [
        ("b", Reason.TOO_MANY_TRIES)
    ]


def test_ends_of_swap_workers_say_nothing_of_probing():
    seen = probing(attempts=(ended(probe), swap_attempt(2)), exits=exits(died(2, 1)))
    assert len(probe_progress(seen).task.shards) == 2


STILLS = plan(images("stills", 4))


def stills(**changes):
    return merging(**{"plan": STILLS, "committed": dict.fromkeys(STILLS.chunks(), "done"), **changes})


def test_outputs_without_a_report_are_left_and_those_nobody_holds_wait():
    known = dict(list(reports(STILLS).items())[:1])
    progress = merge_phase.progress(stills(reports=known, attempts=(merge(1, (1, 2)), ended(merge, 2, (2, 4)))), STILLS)
    assert (progress.left, progress.waiting) == ((1, 2, 3), (2, 3))


def test_an_output_among_others_that_ended_a_worker_is_tried_alone():
    progress = merge_phase.progress(stills(attempts=(ended(merge, 1, (0, 4)),), exits=exits(died(1))), STILLS)
    assert progress.alone == {0, 1, 2, 3}
    assert [each.outputs for each in progress.task(1).shards] == [(0, 1), (1, 2), (2, 3), (3, 4)]
    assert not progress.lost


@pytest.mark.parametrize(("times", "lost"), [(2, []), (3, [1])])
def test_an_output_that_ended_its_workers_alone_is_given_up(times, lost):
    ends = [died(1, 1, again=each) for each in range(times)]
    attempt = ended(merge, 1, (0, 1), (1, 2))
    seen = stills(attempts=(attempt,), exits=exits(*ends))
    assert [each.position for each in merge_phase.progress(seen, STILLS).lost] == lost
    assert kinds(advance(seen)) == ["FailOutput"] * len(lost)
