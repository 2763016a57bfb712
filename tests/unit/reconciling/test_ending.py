"""What ended is written down, what is stuck is removed, and what cannot go on is ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from hybridface_operator.reconciling import actions as act
from hybridface_operator.reconciling import ending
from hybridface_operator.reconciling.advance import advance
from hybridface_operator.reconciling.records import EndCause
from support.reconciling import (
    CHUNKS,
    ago,
    died,
    end,
    ended_pod,
    exits,
    kinds,
    kube_job,
    merge,
    pod,
    probe,
    swap,
    swapping,
    unscheduled,
)


def exit_of(a_pod, **attempt):
    """How the end of that pod is written down; None where it is not."""
    seen = swapping(attempts=(swap(1, pods=(a_pod,), **attempt),))
    records = [each.exit for each in ending.records(seen) if isinstance(each, act.RecordExit)]
    return records[0] if records else None


def cause_of(**attempt):
    """Why the attempt is written down as ended; None where it is not."""
    records = ending.records(swapping(attempts=(swap(1, **attempt),)))
    ends = [each.end for each in records if isinstance(each, act.RecordEnd)]
    return ends[0].cause if ends else None


@pytest.mark.parametrize(
    ("status", "counted"), [(70, True), (75, True), (76, True), (137, True), (139, True), (143, False), (69, False)]
)
def test_a_workers_end_counts_where_its_work_may_have_been_the_cause(status, counted):
    assert exit_of(ended_pod(status)).counts is counted
    assert exit_of(ended_pod(status)).status == status


@pytest.mark.parametrize("status", [64, 78, 1])
def test_an_end_that_says_something_else_is_written_down_and_is_no_try(status):
    assert exit_of(ended_pod(status)).counts is False


@pytest.mark.parametrize("change", [{"disrupted": True}, {"deleting_since": ago(20)}])
def test_a_worker_that_was_killed_for_others_sake_has_tried_nothing(change):
    assert exit_of(ended_pod(137, **change)).counts is False


def test_a_worker_of_an_attempt_that_is_being_ended_has_tried_nothing():
    assert exit_of(ended_pod(137), ending=EndCause.MOVED).counts is False


@pytest.mark.parametrize("a_pod", [ended_pod(0), ended_pod(None), pod()])
def test_who_has_done_its_work_or_is_at_it_is_not_written_down(a_pod):
    assert exit_of(a_pod) is None


@pytest.mark.parametrize("a_pod", [ended_pod(None, phase="Failed"), pod(gone=True)])
def test_a_pod_that_went_without_a_word_was_no_cause(a_pod):
    assert (exit_of(a_pod).status, exit_of(a_pod).counts) == (143, False)


def test_an_exit_is_written_down_once():
    seen = swapping(attempts=(swap(1, pods=(ended_pod(137, name="w-1-0-0"),)),), exits=exits(died(1)))
    assert not list(ending.records(seen))


def test_an_attempt_ends_when_its_job_has_finished_and_its_pods_have_ended():
    done = kube_job(1, finished=True)
    assert cause_of(job=done, pods=(ended_pod(0),)) is EndCause.FINISHED
    assert cause_of(job=done, pods=(ended_pod(0), pod(index=1))) is None
    assert cause_of(pods=(ended_pod(0),)) is None


def test_an_attempt_whose_job_is_gone_has_vanished_unless_somebody_ended_it():
    assert cause_of(job=None) is EndCause.VANISHED
    assert cause_of(job=None, ending=EndCause.SUSPENDED) is EndCause.SUSPENDED
    assert cause_of(job=None, pods=(pod(),)) is None


def test_a_job_that_is_being_deleted_holds_its_chunks_until_it_is_gone():
    assert cause_of(job=kube_job(1, deleting=True), pods=(ended_pod(143, deleting_since=ago(5)),)) is None


def test_a_pod_on_a_dead_node_is_waited_for_for_a_bounded_time():
    assert cause_of(job=None, pods=(pod(deleting_since=ago(59)),)) is None
    assert cause_of(job=None, pods=(pod(deleting_since=ago(61)),)) is EndCause.VANISHED


def test_an_attempt_costs_the_time_that_its_pods_held_gpus_at_the_price_it_was_placed_at():
    attempt = swap(1, price="0.36", job=kube_job(1, finished=True), pods=(ended_pod(0, finished=ago(200)),) * 2)
    (record,) = [each for each in ending.records(swapping(attempts=(attempt,))) if isinstance(each, act.RecordEnd)]
    assert (record.end.gpu_seconds, record.end.cost) == (200, Decimal("0.020000"))


def test_pods_of_other_phases_hold_no_gpus():
    attempt = merge(1, price="0.36", job=kube_job(1, finished=True), pods=(ended_pod(0),))
    (record,) = ending.records(swapping(attempts=(attempt,)))
    assert isinstance(record, act.RecordEnd)
    assert (record.end.gpu_seconds, record.end.cost) == (0.0, Decimal(0))


def test_a_pod_that_should_be_gone_is_removed_by_force_in_time():
    stuck, ending_now = pod(deleting_since=ago(61)), pod(index=1, deleting_since=ago(10))
    seen = swapping(attempts=(swap(1, pods=(stuck, ending_now)),))
    assert list(ending.overdue(seen)) == [act.RemovePod(stuck.name, stuck.uid)]
    assert "RemovePod" in kinds(advance(seen))
    assert [each.cause for each in ending.lost(seen)] == [EndCause.NODE_LOST]


def test_a_job_that_turns_up_after_its_attempt_ended_is_ended():
    late = swap(1, end=end(1, EndCause.VANISHED))
    (ended,) = ending.superfluous(swapping(attempts=(late,)))
    assert (ended.number, ended.uid, ended.cause) == (1, "job-1", EndCause.NOT_NEEDED)
    for over in (kube_job(1, finished=True), kube_job(1, deleting=True), None):
        assert not list(ending.superfluous(swapping(attempts=(swap(1, end=end(1), job=over),))))


def test_of_two_attempts_that_hold_a_chunk_the_younger_ends():
    seen = swapping(attempts=(swap(1, CHUNKS[:2]), swap(2, CHUNKS[1:3]), swap(3, CHUNKS[3:])))
    assert [each.number for each in ending.superfluous(seen)] == [2]


def lost(*pods, free: int | None = 0, **attempt):
    """Why the attempt is given up, with so many GPUs free in its pool."""
    seen = swapping(attempts=(swap(1, pods=pods, **attempt),), free_gpus={} if free is None else {"private": free})
    return [each.cause for each in ending.lost(seen)]


def test_reclaimed_work_stays_where_the_pool_has_room_for_the_pod_that_takes_its_place():
    gone, waiting = ended_pod(143, name="old", disrupted=True, gone=True), unscheduled(1)
    assert lost(gone, waiting, free=-1) == [EndCause.RECLAIMED]
    assert lost(gone, waiting, free=0) == lost(gone, waiting, free=2) == lost(gone, waiting, free=None) == []


@pytest.mark.parametrize("attempt", [probe, merge])
def test_reclaimed_work_without_gpus_leaves_a_pool_that_takes_no_pods(attempt):
    gone, waiting = ended_pod(143, name="old", disrupted=True, gone=True), unscheduled(1)
    seen = swapping(attempts=(attempt(1, pods=(gone, waiting)),), free_gpus={"private": -1})
    assert list(ending.lost(seen)) == []
    (ended,) = ending.lost(replace(seen, closed=frozenset({"private"})))
    assert ended.cause is EndCause.RECLAIMED


def test_a_pod_that_waits_and_was_not_reclaimed_is_no_reclaim():
    other = ended_pod(143, name="old", index=1, disrupted=True)
    assert lost(other, unscheduled(1), free=-1) == []


def test_pods_that_find_no_node_for_too_long_give_their_pool_up():
    assert lost(unscheduled(179)) == []
    assert lost(unscheduled(181)) == [EndCause.UNSCHEDULED]


@pytest.mark.parametrize(
    "message", ["pod has unbound immediate PersistentVolumeClaims", "volume node affinity conflict"]
)
def test_a_pod_that_waits_for_something_of_its_own_trips_nothing(message):
    assert lost(unscheduled(10_000, message)) == []


def test_a_pod_that_pulls_an_image_trips_nothing():
    assert lost(pod(phase="Pending", scheduled=ago(9_000))) == []


def test_a_job_that_a_queue_holds_back_trips_nothing():
    assert lost(job=kube_job(1, suspended=True)) == []


def test_a_job_that_makes_no_pods_for_too_long_gives_its_pool_up():
    assert lost(job=kube_job(1, started=ago(179))) == []
    assert lost(job=kube_job(1, started=ago(181))) == [EndCause.NO_PODS]


@pytest.mark.parametrize("job", [kube_job(1), kube_job(1, started=ago(181), suspended=True)], ids=["new", "held back"])
def test_a_job_that_may_not_make_pods_yet_is_waited_for(job):
    assert lost(job=job) == []


@pytest.mark.parametrize(
    "made", [pod(phase="Running"), ended_pod(143, gone=True), pod(phase="Pending")], ids=["runs", "gone", "pending"]
)
def test_a_job_that_has_made_a_pod_can_make_others(made):
    assert lost(made, job=kube_job(1, started=ago(10_000))) == []


def test_a_node_whose_clock_is_behind_gives_no_pool_up():
    old, an_hour_behind = kube_job(1, started=ago(10_000)), ago(3610)
    assert lost(ended_pod(0, finished=an_hour_behind, told=ago(179)), job=old) == []
    assert lost(ended_pod(0, finished=an_hour_behind, told=ago(181)), job=old) == [EndCause.NO_PODS]


def test_a_job_that_makes_no_more_pods_for_too_long_gives_its_pool_up():
    old = kube_job(1, started=ago(10_000))
    assert lost(ended_pod(0, finished=ago(179)), job=old) == []
    assert lost(ended_pod(0, finished=ago(181)), job=old) == [EndCause.NO_PODS]
    assert lost(ended_pod(0, finished=ago(181)), pod(index=1), job=old) == []


def test_before_it_replaces_a_pod_that_failed_a_job_may_wait_for_long():
    old = kube_job(1, started=ago(10_000))
    assert lost(ended_pod(69, finished=ago(779)), job=old) == []
    assert lost(ended_pod(69, finished=ago(781)), job=old) == [EndCause.NO_PODS]


def lingering(status, seconds, **changes):
    """A pod whose worker ended so long ago, and something else in it did not."""
    return pod(exit_code=status, worker_ended=ago(seconds), **changes)


def test_an_attempt_all_of_whose_workers_have_ended_is_ended_although_sidecars_run_on():
    assert lost(lingering(0, 59)) == []
    assert lost(lingering(0, 61), lingering(70, 61, index=1)) == [EndCause.LINGERED]
    assert lost(lingering(0, 61), pod(index=1)) == []
    assert lost(lingering(0, 61, deleting_since=ago(1))) == []


def test_how_a_worker_ended_is_written_down_although_a_sidecar_runs_on():
    assert exit_of(lingering(70, 59)) is None
    assert (exit_of(lingering(70, 61)).status, exit_of(lingering(70, 61)).counts) == (70, True)
    assert exit_of(lingering(0, 61)) is None


def test_a_job_without_pods_is_looked_at_again_when_it_has_had_its_time():
    waiting = swapping(attempts=(swap(1, job=kube_job(1, created=ago(30), started=ago(20))),))
    assert advance(waiting).wake == ago(20) + timedelta(seconds=181)


@pytest.mark.parametrize(
    ("a_pod", "wake"),
    [
        (ended_pod(0, finished=ago(100)), ago(100) + timedelta(seconds=181)),
        (lingering(0, 20), ago(20) + timedelta(seconds=61)),
        (pod(), None),
    ],
    ids=["no more pods", "a sidecar", "runs"],
)
def test_who_stands_still_is_looked_at_again_in_time(a_pod, wake):
    waiting = swapping(attempts=(swap(1, job=kube_job(1, started=ago(200)), pods=(a_pod,)),))
    assert advance(waiting).wake == wake


def test_a_job_that_a_queue_holds_back_is_not_looked_at_for_its_lack_of_pods():
    waiting = swapping(attempts=(swap(1, job=kube_job(1, created=ago(30), suspended=True)),))
    assert advance(waiting).wake is None


def test_what_is_ended_already_is_not_ended_again():
    assert lost(unscheduled(181), job=kube_job(1, deleting=True)) == []
