"""What ended is written down."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hybridface_operator.reconciling import actions as act
from hybridface_operator.reconciling import ended
from hybridface_operator.reconciling.records import EndCause
from support.reconciling import (
    ago,
    died,
    ended_pod,
    exits,
    kube_job,
    merge,
    pod,
    swap,
    swapping,
)


def exit_of(a_pod, **attempt):
    """How the end of that pod is written down; None where it is not."""
    seen = swapping(attempts=(swap(1, pods=(a_pod,), **attempt),))
    records = [each.exit for each in ended.records(seen) if isinstance(each, act.RecordExit)]
    return records[0] if records else None


def cause_of(**attempt):
    """Why the attempt is written down as ended; None where it is not."""
    records = ended.records(swapping(attempts=(swap(1, **attempt),)))
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
    assert not list(ended.records(seen))


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
    (record,) = [each for each in ended.records(swapping(attempts=(attempt,))) if isinstance(each, act.RecordEnd)]
    assert (record.end.gpu_seconds, record.end.cost) == (200, Decimal("0.020000"))


def test_pods_of_other_phases_hold_no_gpus():
    attempt = merge(1, price="0.36", job=kube_job(1, finished=True), pods=(ended_pod(0),))
    (record,) = ended.records(swapping(attempts=(attempt,)))
    assert isinstance(record, act.RecordEnd)
    assert (record.end.gpu_seconds, record.end.cost) == (0.0, Decimal(0))


@pytest.mark.parametrize(
    ("status", "seconds", "ends_with"),
    [
        pytest.param(70, 59, None, id="a moment ago"),
        pytest.param(70, 61, (70, True), id="long ago"),
        pytest.param(0, 61, None, id="having done its work"),
    ],
)
def test_how_a_worker_ended_is_written_down_although_a_sidecar_runs_on(status, seconds, ends_with):
    end = exit_of(pod(exit_code=status, worker_ended=ago(seconds)))
    assert (end and (end.status, end.counts)) == ends_with
