"""A node dies with a pod at work: what it had committed stays, the rest goes on elsewhere, in a time that is known."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from support.clips import clip
from support.cluster_jobs import Studio
from support.cluster_network import pod_subnet
from support.cluster_plane import EVICTED_AFTER_SECONDS, LOST_AFTER_SECONDS
from support.cluster_release import DEAD_POD_SECONDS, GRACE_SECONDS
from support.storage_gate import Request
from support.waiting import soon

SECONDS = 240
CHUNKS = 8
SECOND_CHUNK = "00000064-00000128.json"
SLACK_SECONDS = 60
GONE_WITHIN_SECONDS = LOST_AFTER_SECONDS + EVICTED_AFTER_SECONDS + GRACE_SECONDS + DEAD_POD_SECONDS + SLACK_SECONDS

pytestmark = pytest.mark.timeout(3 * SECONDS)


@dataclass(frozen=True)
class Death:
    """What became of it."""

    before: dict[str, str]
    """Manifests that were there when the node died: ETags by key."""
    late: Request
    """The commit that the node's pod had under way when it died, and that came through when all was over."""


@pytest.fixture(scope="module")
def death(cluster, release, studio: Studio, gate):
    node = cluster.nodes["cloud"]
    cluster.set_gpus("private", 1)
    cluster.set_gpus("cloud", 1)
    release.publish_price("0.20")
    studio.apply("survivor", {"clip": clip("cfr", 64 * CHUNKS)}, placement={"allowedPools": ["cloud"]})
    addresses = pod_subnet(node.number).removesuffix("0/24")

    def second_commit(request: Request) -> bool:
        there = request.method == "PUT" and request.client.startswith(addresses)
        return there and "/done/" in request.path and request.path.endswith(SECOND_CHUNK)

    with gate.holding(second_commit) as hold:
        soon(lambda: hold.requests, bool, seconds=SECONDS)
        before = studio.keys("survivor", "done/")
        (pod,) = [each["metadata"]["name"] for each in studio.pods("survivor", phase="swap")]

        node.stop_kubelet()
        cluster.network.cut(node.number)
        try:
            studio.patch("survivor", {"placement": None})
            soon(lambda: stuck(studio, pod), bool, seconds=GONE_WITHIN_SECONDS)
            soon(lambda: named(studio), lambda pods: pod not in pods, seconds=GONE_WITHIN_SECONDS)
            studio.done("survivor", seconds=SECONDS)
        finally:
            cluster.network.mend(node.number)
            node.start_kubelet()
        hold.release()
        late = soon(lambda: hold.requests[0], lambda request: request.status is not None)
    cluster.wait_ready()
    return Death(before, late)


def named(studio):
    return {pod["metadata"]["name"] for pod in studio.pods("survivor")}


def stuck(studio, name):
    """Whether the pod was told to end, and has nobody to end it."""
    return [
        pod
        for pod in studio.pods("survivor")
        if pod["metadata"]["name"] == name and pod["metadata"].get("deletionTimestamp")
    ]


def test_what_was_left_is_worked_elsewhere(death, studio):
    assert ("swap", "cloud", "NodeLost") in studio.ends("survivor")
    attempts = {each["attempt"]: each["pool"] for each in studio.records("survivor", "attempts/").values()}
    commits = studio.records("survivor", "done/")
    assert len(commits) == CHUNKS
    assert {key for key, each in commits.items() if attempts[each["attempt"]] == "cloud"} == set(death.before)


def test_nothing_is_committed_twice_not_even_by_who_comes_back_from_the_dead(death, studio):
    after = studio.keys("survivor", "done/")
    assert len(death.before) == 1
    assert {key: after[key] for key in death.before} == death.before
    assert death.late.status == 412


def test_a_dead_node_is_nobody_s_try(death, studio):
    assert studio.counted("survivor") == []


def test_the_result_is_that_of_an_undisturbed_run(death, studio, undisturbed):
    assert studio.frames("survivor", "clip.mp4") == undisturbed(clip("cfr", 64 * CHUNKS))
