"""Where work goes: home first, what is left to the cloud at the same time, at a price; restricted work nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from support.api_requests import Api
from support.clips import clip
from support.cluster_jobs import nodes, running
from support.cluster_release import TENANT, condition
from support.pods import PINNED, affinity, container, mounts, pod, term
from support.waiting import soon

SECONDS = 300
CHUNKS = 8
STRICT = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}

pytestmark = pytest.mark.timeout(SECONDS + 200)


@dataclass(frozen=True)
class Scene:
    """What was seen while one ordinary job had all of the private pool, and a restricted one came."""

    first: set[str]
    """Where all of the ordinary job's pods had been before the cloud's price was one that it may pay."""
    waits: dict[str, Any]
    """The condition Placed meanwhile."""
    too_dear: str
    """What was said of the cloud while its price was over the cap."""
    too_old: str
    """The same while the quote was old."""
    together: set[str]
    """Where its Swap pods ran at one moment."""
    restricted: dict[str, str]
    """What was said of the cloud at that time for the restricted job, which found no free GPU at home."""


@pytest.fixture(scope="module")
def scene(cluster, release, studio, gate):
    for pool in ("private", "cloud"):
        cluster.set_gpus(pool, 1)
    release.publish_price("0.90")
    studio.apply("campaign", {"clip": clip("cfr", 64 * CHUNKS)})

    def said_of_the_cloud(reason):
        return soon(lambda: studio.verdict("campaign", "cloud"), lambda said: said["reason"] == reason)["message"]

    commits = f"{studio.prefix('campaign')}done/"
    with gate.holding(lambda request: request.method == "PUT" and commits in request.path) as hold:
        soon(lambda: hold.requests, bool, seconds=SECONDS)
        first = nodes(studio.pods("campaign"))
        too_dear = said_of_the_cloud("PriceAboveCap")
        waits = condition(studio.job("campaign"), "Placed")
        release.publish_price("0.20", age=timedelta(hours=1))
        too_old = said_of_the_cloud("PriceTooOld")
        studio.apply("portrait", {"clip": clip("cfr", 65)}, sensitivity="restricted")
        release.publish_price("0.20")
        together = soon(
            lambda: nodes(running(studio.pods("campaign", phase="swap"))),
            lambda seen: len(seen) == 2,
            seconds=SECONDS,
        )
        soon(
            lambda: studio.verdict("portrait", "private"), lambda said: said["reason"] == "NoFreeGpus", seconds=SECONDS
        )
        restricted = studio.verdict("portrait", "cloud")
    studio.done("campaign", "portrait", seconds=SECONDS)
    return Scene(first, waits, too_dear, too_old, together, restricted)


def test_ordinary_work_begins_at_home(scene):
    assert scene.first == {"private-0"}


def test_what_finds_no_room_waits_for_a_price_under_the_cap_and_says_so(scene):
    assert scene.waits["status"] == "True"
    assert f"on private; {CHUNKS // 2} shards wait" in scene.waits["message"]
    assert scene.too_dear == "0.90 USD per GPU-hour is above the policy's cap of 0.40"


def test_a_price_that_nobody_has_confirmed_lately_is_none(scene):
    assert scene.too_old.startswith("its price is 1h")
    assert scene.too_old.endswith("old, at most 15m is believed; publish a new one")


def test_the_rest_of_a_job_runs_in_the_cloud_at_the_same_time(scene, studio):
    assert scene.together == {"private-0", "cloud-0"}
    pools = {
        pod["metadata"]["name"]: pod["metadata"]["labels"]["hybridface.dev/pool"] for pod in studio.pods("campaign")
    }
    commits = studio.records("campaign", "done/").values()
    assert len(commits) == CHUNKS
    assert {pools[each["worker"]] for each in commits} == {"private", "cloud"}


def test_restricted_work_waits_for_the_private_pool_whatever_the_cloud_offers(scene):
    assert scene.restricted["reason"] == "NotPrivate"


def test_restricted_work_stays_on_private_nodes_in_every_phase(scene, studio):
    for phase in ("probe", "swap", "merge"):
        assert nodes(studio.pods("portrait", phase=phase)) == {"private-0"}


@pytest.fixture(scope="module")
def secret(scene, studio):
    """The name of the Secret that a pod of the restricted job had."""
    (pod, *_) = studio.pods("portrait", phase="swap")
    (name,) = {volume["secret"]["secretName"] for volume in pod["spec"]["volumes"] if "secret" in volume}
    return name


@pytest.fixture
def admitted(cluster):
    """What the API server says to a pod in the tenant's namespace, which Pod Security would take."""
    api = Api(cluster.plane)

    def ask(*parts, **options):
        body = pod(*parts, **options)
        for each in body["spec"]["containers"]:
            each["securityContext"] = STRICT
        return api.create(f"api/v1/namespaces/{TENANT}/pods", body)

    yield ask
    api.close()


ESCAPES = affinity(term("In", "private"), term("In", "cloud", key="hybridface.dev/pool"))


@pytest.mark.parametrize(
    ("parts", "options"),
    [
        pytest.param((), {"sensitivity": "restricted"}, id="not pinned"),
        pytest.param((ESCAPES,), {"sensitivity": "restricted"}, id="an OR-ed term that escapes"),
        pytest.param((PINNED, {"nodeName": "cloud-0"}), {"sensitivity": "restricted"}, id="a node by name"),
        pytest.param((), {}, id="without a label"),
        pytest.param((), {"sensitivity": "internal"}, id="labelled internal"),
    ],
)
def test_a_hand_made_pod_that_takes_a_restricted_job_s_credentials_away_is_refused(admitted, secret, parts, options):
    answer = admitted(mounts(secret), *parts, **options)
    assert answer.code == 403
    assert "hybridface-restricted-pods-pinned" in answer.message
    assert "restricted work" in answer.message


def test_one_that_stays_is_taken(admitted, secret):
    answer = admitted(mounts(secret), PINNED, container("second"), sensitivity="restricted")
    assert answer.taken, answer.message
