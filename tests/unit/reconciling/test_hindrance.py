"""What is said of a job nothing of which works although it was begun."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hybridface_operator.reconciling.advance import advance
from hybridface_operator.reconciling.hindrance import hindrance
from hybridface_worker.contract.reasons import Reason
from support.reconciling import CHUNKS, ago, ended_pod, job, kube_job, pod, probe, probing, swap, swapping, unscheduled

UNPULLED = "ErrImagePull: no such image"


def stuck(why=UNPULLED, **changes):
    """A pod that has a node and cannot be started there."""
    return pod(phase="Pending", stuck=why, **changes)


def told(*attempts):
    found = hindrance(swapping(attempts=attempts))
    return found and found.reason


def test_a_queue_that_admits_nothing_is_named():
    seen = swapping(attempts=(swap(1, job=kube_job(1, suspended=True, queue="gpus")),))
    step = advance(seen)
    assert step.reason == Reason.QUEUED
    assert step.message == (
        "0 of 4 chunks done; "
        "Job spring-1 is suspended until queue gpus of pool private admits it; "
        "kubectl describe workloads -n studio -l kueue.x-k8s.io/job-uid=job-1 says what for"
    )


def test_a_job_that_somebody_suspended_waits_for_no_queue():
    found = hindrance(swapping(attempts=(swap(1, job=kube_job(1, suspended=True)),)))
    assert found is not None
    assert found.message == ("Job spring-1 is suspended and in no queue: resume it, or give pool private a queueName")


def test_an_image_that_cannot_be_pulled_is_told_in_the_kubelets_words():
    seen = probing(attempts=(probe(1, pods=(stuck(),)),))
    step = advance(seen)
    assert step.reason == Reason.NOT_STARTED
    assert step.message.endswith(f"pod spring-1-0 in private cannot start: {UNPULLED}")


def test_a_claim_that_is_not_bound_is_told_in_the_schedulers():
    assert (
        told(swap(1, pods=(unscheduled(9, "pod has unbound immediate PersistentVolumeClaims"),))) is Reason.NOT_STARTED
    )
    assert told(swap(1, pods=(unscheduled(9),))) is None


@pytest.mark.parametrize("works", [pod(index=1), pod(index=1, phase="Pending"), unscheduled(9, index=1)])
def test_where_one_pod_works_or_may_soon_nothing_is_hindered(works):
    assert told(swap(1, pods=(stuck(), works))) is None


def test_pods_that_have_ended_say_nothing():
    assert told(swap(1, pods=(ended_pod(0), stuck(index=1)))) is Reason.NOT_STARTED
    assert told(swap(1, pods=(ended_pod(0),))) is None


@pytest.mark.parametrize(("status", "reason"), [(69, Reason.SERVICE_AWAY), (74, Reason.STORAGE_FULL), (70, None)])
def test_workers_that_hand_their_work_back_say_why_until_their_job_tries_again(status, reason):
    back = ended_pod(status, said="s3://work/ does not fit", finished=ago(5))
    first = ended_pod(0, index=1, finished=ago(9))
    assert told(swap(1, pods=(back, first))) is reason
    assert told(swap(1, pods=(back, first, pod(index=2)))) is None
    found = hindrance(swapping(attempts=(swap(1, pods=(back,)),)))
    assert found is None or found.message.endswith("handed its work back: s3://work/ does not fit")


def test_what_was_handed_back_before_others_did_their_work_says_nothing():
    assert told(swap(1, pods=(ended_pod(69, finished=ago(9)), ended_pod(0, index=1, finished=ago(5))))) is None


def test_where_another_attempt_works_nothing_is_hindered():
    one, other = swap(1, CHUNKS[:2], pods=(stuck(),)), swap(2, CHUNKS[2:])
    assert told(one, replace(other, pods=(pod(2),))) is None
    assert told(one, replace(other, job=kube_job(2, suspended=True))) is Reason.NOT_STARTED
    assert told(one, replace(other, job=kube_job(2, deleting=True))) is None


def test_a_job_of_which_nothing_was_begun_is_not_hindered():
    assert told() is None


def test_who_is_held_is_told_so_and_nothing_else():
    seen = swapping(attempts=(swap(1, pods=(stuck(),)),))
    assert advance(replace(seen, job=job(suspend=True))).reason == Reason.SUSPENDED_BY_USER
