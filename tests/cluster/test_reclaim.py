"""A spot node is taken back while its pods pull, preload, work and merge: all goes on elsewhere, and nothing again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

import pytest

from build_images import reference
from hybridface_operator.manifests.config import STATE_NAME, remembered_state
from support.chart import NAMESPACE
from support.clips import clip
from support.cluster_jobs import nodes
from support.cluster_models import BUCKET, OTHER
from support.cluster_network import pod_subnet
from support.cluster_release import RESULTS
from support.silent_registry import unpulled
from support.storage_gate import Request
from support.waiting import soon

SECONDS = 300
PHASES = {"merging": "merge", "preloading": "swap", "working": "swap", "pulling": "probe"}
"""The jobs, each with the phase in which its node is taken back."""
CHUNKS = 8
SECOND_CHUNK = "00000064-00000128.json"
TAINT = "cloud.example/reclaimed=now:NoExecute"

pytestmark = pytest.mark.timeout(2 * SECONDS)


@dataclass(frozen=True)
class Reclaim:
    """What there was when the node was taken back."""

    commits: dict[str, str]
    """Of the job that was being worked: ETags of manifests by key."""
    pulling: set[str]
    """What was said of the pod that was waiting for its image."""
    tripped: set[str]
    """Pools that are left alone afterwards."""


@pytest.fixture(scope="module")
def reclaim(cluster, release, studio, gate):
    node = cluster.nodes["cloud"]
    addresses = pod_subnet(node.number).removesuffix("0/24")

    def asked(method: str, *parts: str) -> Callable[[Request], bool]:
        return lambda request: (
            request.method == method
            and request.client.startswith(addresses)
            and all(part in request.path for part in parts)
        )

    def held_back(hold):
        soon(lambda: hold.requests, bool, seconds=SECONDS)

    there = {"placement": {"allowedPools": [node.pool]}}
    small = {"clip": clip("cfr", 65)}
    cluster.set_gpus("private", 1)
    cluster.set_gpus(node.pool, 0)
    release.publish_price("0.20")
    studio.apply("merging", small, priority="urgent", **there)
    studio.apply("preloading", small, models={"swapper": "marker", "recogniser": OTHER}, priority="high", **there)
    studio.apply("working", {"clip": clip("cfr", 64 * CHUNKS)}, **there)
    for name in ("merging", "preloading", "working"):
        soon(partial(studio.verdict, name, node.pool), lambda said: said["reason"] == "NoFreeGpus", seconds=SECONDS)
    with ExitStack() as held:
        publishing = held.enter_context(gate.holding(asked("PUT", f"/{RESULTS}/merging/")))
        fetching = held.enter_context(gate.holding(asked("GET", f"/{BUCKET}/")))
        committing = held.enter_context(gate.holding(asked("PUT", "/done/", SECOND_CHUNK)))
        cluster.set_gpus(node.pool, 1)
        held_back(publishing)
        held_back(fetching)
        cluster.set_gpus(node.pool, 2)
        held_back(committing)
        held.enter_context(unpulled(node, reference("worker")))
        studio.apply("pulling", small, **there)
        pod = soon(lambda: studio.pods("pulling"), bool, seconds=SECONDS)[0]["metadata"]["name"]
        said = soon(lambda: studio.events(pod), lambda reasons: "Pulling" in reasons)

        before = studio.keys("working", "done/")
        for name in PHASES:
            studio.patch(name, {"placement": None})
        cluster.plane.kubectl("taint", "node", node.name, TAINT)
        try:
            soon(lambda: told_to_end(studio), lambda ending: ending == set(PHASES))
            committing.release()
            publishing.lose()
            fetching.lose()
            studio.done(*PHASES, seconds=SECONDS)
        finally:
            cluster.plane.kubectl("taint", "node", node.name, f"{TAINT}-")
    state = cluster.get("configmaps", STATE_NAME, namespace=NAMESPACE)
    return Reclaim(before, said, set(remembered_state(state).breakers))


def told_to_end(studio):
    """The jobs of which a pod is to end, or has gone."""
    return {
        name
        for name, phase in PHASES.items()
        if all(
            pod["metadata"].get("deletionTimestamp")
            for pod in studio.pods(name, phase=phase)
            if nodes([pod]) == {"cloud-0"}
        )
    }


@pytest.mark.parametrize(("name", "phase"), PHASES.items())
def test_the_work_goes_on_elsewhere(reclaim, studio, name, phase):
    # A kubelet does not break off a pull that hangs: its pod is in the end removed by force.
    cause = "NodeLost" if name == "pulling" else "Reclaimed"
    assert (phase, "cloud", cause) in studio.ends(name)
    *_, last = (each["pool"] for _, each in sorted(studio.records(name, "attempts/").items()))
    assert last == "private"


@pytest.mark.parametrize("name", PHASES)
def test_nobody_s_try_is_counted(reclaim, studio, name):
    assert studio.counted(name) == []


def test_no_committed_chunk_is_done_again(reclaim, studio):
    after = studio.keys("working", "done/")
    assert len(reclaim.commits) == 1
    assert {key: after[key] for key in reclaim.commits} == reclaim.commits
    assert len(after) == CHUNKS


def test_the_chunk_in_hand_is_committed_within_the_grace(reclaim, studio):
    (in_hand,) = [each for key, each in studio.records("working", "done/").items() if key.endswith(SECOND_CHUNK)]
    pools = {each["attempt"]: each["pool"] for each in studio.records("working", "attempts/").values()}
    assert pools[in_hand["attempt"]] == "cloud"


def test_the_pool_is_not_given_up_for_it(reclaim):
    assert reclaim.tripped == set()


@pytest.mark.parametrize("name", PHASES)
def test_the_result_is_that_of_an_undisturbed_run(reclaim, studio, undisturbed, name):
    frames = 64 * CHUNKS if name == "working" else 65
    assert studio.frames(name, "clip.mp4") == undisturbed(clip("cfr", frames))
