"""What `docs/guides/kueue.md` says happens to jobs, each on the real controller."""

from __future__ import annotations

import pytest

from support.clips import clip
from support.estate_documents import quote
from support.kubelet_rules import has_ended
from support.kueue_page import QUOTA, message_shown, queues
from support.queued import Queued
from support.runs import portrait
from support.waiting import soon

pytestmark = pytest.mark.deep

CHUNKS = 8
"""A shard each, and all of them are placed at once. Whoever is told to end commits the one in hand."""


@pytest.fixture
def swapping(home):
    """Begins a job with a clip; what is known of it once a chunk is committed and each of so many pods has another in
    hand. Those wait until they are let go, or told to end."""

    def begin(name: str, pods: int = 4, **spec) -> Queued:
        home.kubelets.hold(name, "swap", from_frame=1)
        home.apply(home.manifest(name, {"clip": clip("cfr", 64 * CHUNKS)}, **spec))
        job = Queued(home, name, soon(lambda: home.commits(name), bool))
        soon(job.in_hand, lambda count: count == pods)
        return job

    return begin


@pytest.fixture
def waiting(home):
    """Begins a job with a picture."""

    def begin(name: str, **spec) -> Queued:
        home.apply(home.manifest(name, {"still": portrait()}, **spec))
        return Queued(home, name)

    return begin


def test_every_phase_goes_through_the_queue_and_asks_for_what_the_page_gives_quota_for(home, waiting):
    job = waiting("simple")

    home.done("simple")

    workloads = job.workloads()
    assert [each["spec"]["queueName"] for each in workloads] == ["gpus"] * 3
    asked = [each["status"]["admission"]["podSetAssignments"][0]["resourceUsage"] for each in workloads]
    assert set().union(*asked) == set(QUOTA)
    assert sorted(each.get("nvidia.com/gpu", "0") for each in asked) == ["0", "0", "1"]


def test_pods_get_the_labels_of_the_flavour(home, swapping):
    job = swapping("labelled")

    selectors = [pod["spec"]["nodeSelector"] for pod in job.pods()]
    assert selectors == [{"node-restriction.kubernetes.io/hybridface": "private"}] * 5


def test_what_waits_for_quota_says_how_to_see_for_what_stays_and_goes_on_when_there_is_some(home):
    home.apply(*queues(home.namespace, gpus=0), home.manifest("spring", {"clip": clip("cfr")}))
    job = Queued(home, "spring")

    message = job.held()
    assert message_shown(home.namespace).fullmatch(message)
    assert "insufficient quota for nvidia.com/gpu in flavor private-gpus" in job.told(message)
    home.publish_price("aws-spot", quote("0.10"))
    home.apply(home.manifest("afar", {"still": portrait()}, placement={"allowedPools": ["aws-spot"]}))
    home.done("afar")
    assert job.held() == message
    home.apply(*queues(home.namespace))

    assert home.done("spring")["status"]["attempts"]["started"] == 3
    assert job.pools() == {"private"}


def test_a_resource_without_quota_keeps_a_job_out(home, waiting):
    home.apply(*queues(home.namespace, without="ephemeral-storage"))

    job = waiting("uncovered")

    assert "resource ephemeral-storage unavailable in ClusterQueue" in job.told(job.held("p"))


def test_a_job_that_asks_for_more_than_the_quota_runs_with_that_until_it_is_dealt_out_again(home, swapping, waiting):
    home.apply(*queues(home.namespace, gpus=1))
    job = swapping("modest", pods=1)
    assert job.swap_job()["spec"]["parallelism"] == 1

    home.apply(*queues(home.namespace))
    waiting("second")
    home.done("second")
    assert job.swap_job()["spec"]["parallelism"] == 1

    home.patch("modest", {"spec": {"suspend": True}})
    soon(job.swap_job, lambda found: not found)
    soon(job.unfinished, lambda left: not left)
    home.patch("modest", {"spec": {"suspend": False}})
    soon(job.swap_job, lambda found: found.get("spec", {}).get("parallelism") == 4)
    home.kubelets.let_go()

    home.done("modest")
    assert job.kept(CHUNKS)


@pytest.mark.parametrize("times", [1, 2])
def test_what_kueue_stops_goes_on_where_it_was(home, swapping, times):
    """Each time its two pods commit the chunk in hand."""
    home.apply(*queues(home.namespace, gpus=2))
    job = swapping(f"stopped-{times}", pods=2)
    for _ in range(times):
        home.apply(*queues(home.namespace, gpus=2, stop="HoldAndDrain"))
        job.held()
        soon(job.pods, lambda pods: all(map(has_ended, pods)))
        home.apply(*queues(home.namespace, gpus=2))
        soon(job.in_hand, lambda count: count == 2)
    assert len(home.commits(job.name)) == 1 + 2 * times
    home.kubelets.let_go()

    assert home.done(job.name)["status"]["attempts"]["started"] == 3
    assert job.kept(CHUNKS)
    assert job.counted() == []


def test_what_runs_in_a_queue_that_lets_nobody_in_finishes(home, swapping):
    job = swapping("let-finish")
    home.apply(*queues(home.namespace, stop="Hold"))
    home.kubelets.let_go()

    job.held("m")
    assert job.kept(CHUNKS)
    home.apply(*queues(home.namespace))

    home.done("let-finish")


def test_an_urgent_job_is_let_in_before_one_that_runs(home, swapping, waiting):
    home.apply(*queues(home.namespace, gpus=1))
    job = swapping("slow", pods=1, priority="low")

    waiting("fast", priority="urgent")
    home.done("fast")
    assert job.evicted() == ["Preempted"]
    assert len(home.commits("slow")) == 2
    home.kubelets.let_go()

    home.done("slow")
    assert job.kept(CHUNKS)
    assert job.counted() == []


def test_a_queue_that_does_not_exist_is_waited_for(home, waiting):
    home.plane.kubectl("delete", "localqueue", "gpus", f"-n={home.namespace}")
    job = waiting("early")

    assert "LocalQueue gpus doesn't exist" in job.told(job.held("p"))
    home.apply(*queues(home.namespace))

    home.done("early")


def test_a_job_that_is_deleted_while_it_waits_leaves_nothing_in_the_queue(home, waiting):
    home.apply(*queues(home.namespace, gpus=0))
    job = waiting("gone")
    job.held()

    home.plane.kubectl("delete", "fsj", "gone", f"-n={home.namespace}")

    soon(job.jobs, lambda jobs: not jobs)
    soon(job.workloads, lambda left: not left)


def test_while_kueue_is_away_what_runs_goes_on_and_the_rest_waits(home, controller, swapping, waiting):
    job = swapping("running")
    home.publish_price("aws-spot", quote("0.10"))
    controller.stop()
    try:
        waiting("later", placement={"allowedPools": ["aws-spot"]})
        said = soon(lambda: home.condition("later", "Reconciling"), lambda each: each.get("reason") == "ServiceAway")
        assert "kueue-webhook-service" in said["message"]
        home.kubelets.let_go()
        soon(lambda: home.commits("running"), lambda commits: len(commits) == 5)
        with pytest.raises(RuntimeError, match="kueue-webhook-service"):
            home.plane.kubectl("run", "anybody", "--image=registry.test/any", f"-n={home.namespace}")
    finally:
        controller.start()

    home.done("running")
    home.done("later")
    assert job.kept(CHUNKS)
