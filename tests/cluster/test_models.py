"""Models on nodes: fetched once in a trust zone, never taken for another, never carried over from zone to zone."""

from __future__ import annotations

import pytest

from support.clips import clip
from support.cluster import POOLS
from support.cluster_models import CLAIMS, FORGED, MODEL, OTHER, kept, standin
from support.cluster_release import condition
from support.standins import digest
from support.waiting import soon

SECONDS = 300
MARKED = {"swapper": "marker"}

pytestmark = pytest.mark.timeout(2 * SECONDS)


@pytest.fixture(scope="module")
def jobs(cluster, release, studio):
    """In the cloud and at home, then at home again, over one clip; beside it one whose model is not right."""

    def apply(name, model, pool):
        models = {**MARKED, "recogniser": model}
        studio.apply(name, {"clip": clip("cfr", 64)}, models=models, placement={"allowedPools": [pool]})

    cluster.set_gpus("private", 1)
    cluster.set_gpus("cloud", 1)
    release.publish_price("0.20")
    apply("away", MODEL, "cloud")
    apply("home", MODEL, "private")
    studio.done("away", "home", seconds=SECONDS)
    apply("again", MODEL, "private")
    apply("forged", FORGED, "cloud")
    studio.done("again", seconds=SECONDS)
    return soon(
        lambda: studio.job("forged"), lambda job: condition(job, "Failed").get("status") == "True", seconds=SECONDS
    )


def fetched(studio, name):
    """Bytes that the job's preloading fetched from storage, as it logged them, and those that are in the cache now."""
    pods = studio.pods(name, phase="swap")
    lines = [line for pod in pods for line in studio.logs(pod["metadata"]["name"], "preload")]
    return [(line["bytes_fetched"], line["bytes"]) for line in lines if line["event"] == "model.cached"]


def test_a_cold_cache_is_filled_in_each_zone_from_storage_alone(jobs, studio):
    size = standin().stat().st_size
    assert fetched(studio, "away") == fetched(studio, "home") == [(size, size)]


def test_from_a_warm_cache_not_a_byte_is_fetched(jobs, studio, gate):
    size = standin().stat().st_size
    assert fetched(studio, "again") == [(0, size)]
    asked = gate.seen(lambda request: request.method == "GET" and request.path.endswith(standin().name))
    (pod,) = studio.pods("again", phase="swap")
    assert pod["status"]["podIP"] not in {request.client for request in asked}


def test_a_file_with_another_digest_is_refused_and_not_kept(jobs, cluster):
    failed = condition(jobs, "Failed")
    assert failed["reason"] == "BadTask"
    found, wanted = digest(standin(FORGED)), "0" * 64
    assert f"has SHA-256 {found}, the plan expects {wanted}" in failed["message"]
    for pool in POOLS:
        assert kept(cluster, pool) <= {digest(standin()), digest(standin(OTHER))}


def test_a_cache_is_mounted_in_its_own_zone_alone(jobs, studio):
    for pod in studio.pods("away", "home", "again", phase="swap"):
        claims = {
            volume["persistentVolumeClaim"]["claimName"]
            for volume in pod["spec"]["volumes"]
            if "persistentVolumeClaim" in volume
        }
        pool = pod["metadata"]["labels"]["hybridface.dev/pool"]
        assert claims == {CLAIMS[pool]}
        assert pod["spec"]["nodeName"] == f"{pool}-0"
