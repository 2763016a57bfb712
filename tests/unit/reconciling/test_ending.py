"""What is stuck is removed, and what cannot go on is ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from hybridface_operator.reconciling import actions as act
from hybridface_operator.reconciling import ending
from hybridface_operator.reconciling.advance import advance
from hybridface_operator.reconciling.records import EndCause
from support.reconciling import (
    CHUNKS,
    ago,
    end,
    ended_pod,
    kinds,
    kube_job,
    merge,
    pod,
    probe,
    swap,
    swapping,
    unscheduled,
)


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
