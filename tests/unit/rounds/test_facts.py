"""What decisions are told, and what the operator learns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hybridface_operator.manifests.config import OperatorState
from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.policy.policy import Policy
from hybridface_operator.reconciling.records import EndCause
from hybridface_operator.rounds.facts import (
    Load,
    facts,
    job_facts,
    load_of,
    load_of_jobs,
    may_have_written,
)
from hybridface_operator.rounds.learning import attempt_ended, pods_found_no_node, pods_were_scheduled
from hybridface_operator.routing.facts import Breaker
from support.estate_documents import INVENTORY, POLICY
from support.plans import models
from support.reconciling import CHUNKS, NOW, ago, died, end, ended_pod, exits, kube_job, merge, pod, swap, swapping

POOLS = Inventory.model_validate(INVENTORY)
RULES = Policy.model_validate(POLICY)
NOTHING = OperatorState()
MODELS = "centerface+identity"


def test_a_job_reserves_the_parallelism_of_what_it_has_live():
    attempts = (swap(1, CHUNKS[:1], CHUNKS[1:2], job=kube_job(1, parallelism=2)), swap(2, end=end(2)), merge(3))
    seen = swapping(attempts=attempts, committed={CHUNKS[0]: "done"})
    assert load_of(seen) == Load({"private": 2}, {"private": 64})


@pytest.mark.parametrize(("done", "reserved"), [(0, 2), (1, 2), (2, 2), (3, 1), (4, 0)])
def test_shards_that_are_done_keep_no_gpu_from_others(done, reserved):
    shards = [(chunk,) for chunk in CHUNKS]
    pods = [pod(1, index, phase="Succeeded" if index < done else "Running") for index in range(min(done + 2, 4))]
    attempt = swap(1, *shards, job=kube_job(1, parallelism=2), pods=(*pods, pod(1, 0, name="lost", phase="Failed")))
    assert load_of(swapping(attempts=(attempt,))).reserved == {"private": reserved}


@pytest.mark.parametrize(("seconds", "reserved"), [(179, 3), (181, 1)])
def test_gpus_that_quota_does_not_let_a_job_use_are_kept_from_others_for_a_while_only(seconds, reserved):
    shards = [(chunk,) for chunk in CHUNKS]
    job = kube_job(1, parallelism=3, started=ago(300))
    only = pod(created=ago(seconds), scheduled=ago(seconds))
    assert load_of(swapping(attempts=(swap(1, *shards, job=job, pods=(only,)),))).reserved == {"private": reserved}


def test_gpus_of_a_pod_that_failed_are_kept_until_its_job_has_replaced_it():
    shards = [(chunk,) for chunk in CHUNKS]
    job, lost = kube_job(1, parallelism=2, started=ago(9_000)), ended_pod(70, index=1, finished=ago(700))
    attempt = swap(1, *shards, job=job, pods=(pod(created=ago(9_000)), lost))
    assert load_of(swapping(attempts=(attempt,))).reserved == {"private": 2}


def test_an_attempt_whose_job_is_not_seen_yet_reserves_a_gpu_for_each_shard():
    assert load_of(swapping(attempts=(swap(1, CHUNKS[:2], CHUNKS[2:], job=None),))).reserved == {"private": 2}


def test_a_job_of_which_nothing_is_read_yet_reserves_what_its_jobs_say():
    jobs = (kube_job(1, parallelism=3), kube_job(2, finished=True), kube_job(3, phase="merge"))
    assert load_of_jobs(jobs) == Load({"private": 3})


@pytest.mark.parametrize(
    ("jobs", "pods", "may"),
    [
        pytest.param([kube_job(2)], [], False, id="no pod yet"),
        pytest.param([kube_job(2)], [pod(2, phase="Pending")], False, id="a pod that has not begun"),
        pytest.param([kube_job(2)], [pod(1, phase="Succeeded")], False, id="a pod of an attempt that is written off"),
        pytest.param([kube_job(2)], [pod(2, phase="Running")], True, id="a pod that runs"),
        pytest.param([kube_job(2)], [pod(2, phase="Pending", gone=True)], True, id="a pod that may have begun unseen"),
        pytest.param([kube_job(2, finished=True)], [], True, id="its Job has ended"),
        pytest.param([kube_job(2, deleting=True)], [], True, id="its Job is being deleted"),
        pytest.param([kube_job(1)], [], True, id="its Job is not there"),
    ],
)
def test_nothing_new_is_in_storage_before_a_worker_of_a_live_attempt_has_begun(jobs, pods, may):
    assert may_have_written({2}, jobs, pods) is may
    assert not may_have_written((), jobs, pods)


def test_what_runs_is_judged_and_what_is_being_deleted_is_not():
    attempts = (swap(1, job=kube_job(1, parallelism=2)), swap(2, job=kube_job(2, deleting=True)), swap(3, end=end(3)))
    told = job_facts(swapping(attempts=attempts), NOTHING, RULES)
    assert [(each.number, each.parallelism) for each in told.live] == [(1, 2)]


def test_a_pool_whose_workers_cannot_do_the_plan_is_named():
    seen = swapping(
        attempts=(swap(1, end=end(1)), swap(2, pool="aws-spot")), exits=exits(died(1, status=78, counts=False))
    )
    assert job_facts(seen, NOTHING, RULES).lacks_plan == ("private",)


def podless(*attempts: Any) -> dict[str, Breaker]:
    """The job's own breakers; a cool-down takes a minute."""
    return job_facts(swapping(attempts=attempts), NOTHING, RULES).podless


def no_pods(number: int, seconds_ago: float) -> Any:
    return swap(number, job=None, end=end(number, EndCause.NO_PODS, ended_at=ago(seconds_ago).isoformat()))


def test_a_pool_where_a_jobs_attempts_made_no_pods_is_left_alone_longer_each_time():
    assert podless(no_pods(1, 59)).keys() == {"private"}
    assert podless(no_pods(1, 61)) == {}
    assert podless(no_pods(1, 500), no_pods(2, 119))["private"].trips == 2
    assert podless(no_pods(1, 500), no_pods(2, 121)) == {}


def test_a_breaker_of_the_jobs_own_says_what_the_last_attempt_was_told():
    first, last = no_pods(1, 500), no_pods(2, 30)
    told = replace(last, end=last.end.model_copy(update={"said": "exceeded quota"}))
    assert podless(first, told)["private"].said == "exceeded quota"
    assert podless(told, no_pods(3, 20))["private"].said is None


def test_pods_that_were_made_close_the_jobs_own_breaker():
    assert podless(no_pods(1, 30), swap(2, pods=(pod(2),))) == {}
    assert podless(no_pods(1, 30), swap(2, end=end(2))) == {}
    assert podless(no_pods(1, 30), swap(2, pool="aws-spot", pods=(pod(2),))).keys() == {"private"}


def test_facts_have_no_negative_gpus():
    loads = [Load({"private": 3}, {"private": 100})]
    told = facts(NOW, POOLS, NOTHING, quotes={}, free={"private": -1}, closed=(), loads=loads, requests=[], jobs={})
    assert (told.pools["private"].free_gpus, told.pools["private"].reserved_gpus) == (0, 3)
    assert told.pools["aws-spot"].free_gpus is None
    assert told.pools["private"].backlog_seconds == pytest.approx(100 / 20 / 4)


def test_a_pool_without_nodes_for_its_pods_trips_and_one_that_takes_a_pod_again_is_whole():
    tripped = pods_found_no_node(NOTHING, "private", RULES, ago(60))
    assert tripped.breakers["private"].trips == 1
    before = swapping(attempts=(swap(1, pods=(pod(scheduled=ago(61)),)),))
    assert pods_were_scheduled(tripped, before) == tripped
    after = swapping(attempts=(swap(1, pods=(pod(scheduled=ago(30)),)),))
    assert pods_were_scheduled(tripped, after).breakers == {}


def test_a_pod_that_was_scheduled_elsewhere_heals_no_other_pool():
    breaker = Breaker(tripped_at=ago(60).isoformat(), trips=2, until=NOW.isoformat())
    state = OperatorState(breakers={"aws-spot": breaker})
    assert pods_were_scheduled(state, swapping(attempts=(swap(1, pods=(pod(),)),))) is state


def test_a_rate_is_measured_over_attempts_and_the_newest_counts_for_a_third():
    first = attempt_ended(NOTHING, end(1, gpu_seconds=10), 200, models())
    assert first.rates == {"private": {MODELS: 20}}
    second = attempt_ended(first, end(2, gpu_seconds=10), 100, models())
    assert second.rates["private"][MODELS] == pytest.approx(0.7 * 20 + 0.3 * 10)


def test_what_held_gpus_for_a_moment_or_did_nothing_says_nothing_of_a_rate():
    for frames, gpu_seconds in ((0, 100), (10, 4.9)):
        assert attempt_ended(NOTHING, end(1, gpu_seconds=gpu_seconds), frames, models()) is NOTHING
    assert attempt_ended(NOTHING, end(1, EndCause.MOVED, gpu_seconds=9), 9, None) is NOTHING


def test_an_attempt_that_is_being_ended_still_holds_its_gpus():
    seen = swapping(attempts=(replace(swap(1), job=kube_job(1, deleting=True)),))
    assert load_of(seen).reserved == {"private": 1}
