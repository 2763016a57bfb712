"""What a worker reaches from inside its pod, and what storage refuses to it, while NetworkPolicies are enforced.

The worker is one of a real attempt, held in the middle of its shard; commands are run beside it in its container, with
its labels and its credentials.
"""

from __future__ import annotations

import io
from urllib.parse import urlsplit

import pytest

from hybridface_worker.contract import layout
from support.chart import NAMESPACE as OPERATORS
from support.clips import clip
from support.cluster_inside import PORT, Inside, listener
from support.cluster_middle import CHUNK_FRAMES, ON_PRIVATE_NODES, in_the_middle
from support.cluster_network import HERE, node_address
from support.cluster_release import INBOX, RESULTS, TENANT, WORK
from support.runs import SOURCE
from support.waiting import soon

ELSEWHERE, NEIGHBOURS = "elsewhere", "garage"
"""A namespace without any NetworkPolicy, and one that is as another tenant's."""
OTHERS_BUCKET, OTHERS_KEY = "garage-inbox", "clip.mp4"
KUBELET = 10250
SECONDS = 120

pytestmark = pytest.mark.timeout(SECONDS * 3)


@pytest.fixture(scope="module")
def theirs(cluster, studio):
    """Where another job of the same tenant keeps its records; it has a plan, and waits. And another tenant's input."""
    cluster.minio.bucket(OTHERS_BUCKET)
    cluster.minio.admin.put_object(bucket_name=OTHERS_BUCKET, object_name=OTHERS_KEY, data=io.BytesIO(b"x"), length=1)
    studio.apply("neighbour", {"clip": clip("cfr", CHUNK_FRAMES)}, placement=ON_PRIVATE_NODES)
    soon(lambda: studio.keys("neighbour"), lambda keys: layout.PLAN in keys, seconds=SECONDS)
    studio.patch("neighbour", {"suspend": True})
    return studio.prefix("neighbour")


@pytest.fixture(scope="module")
def pod(cluster, studio, gate, theirs):
    """The pod of a Swap attempt."""
    with in_the_middle(studio, gate, "busy", seconds=SECONDS):
        (found,) = studio.pods("busy", phase="swap")
        yield found
        cluster.plane.kubectl("delete", "fsj", "busy", "neighbour", f"--namespace={TENANT}", "--wait=false")


@pytest.fixture(scope="module")
def worker(cluster, pod):
    return Inside(cluster, TENANT, pod["metadata"]["name"])


@pytest.fixture(scope="module")
def mine(studio, pod):
    """Where the job's own records are in the work bucket."""
    return studio.prefix("busy")


@pytest.fixture(scope="module")
def elsewhere(cluster):
    """A pod that no policy bounds."""
    return listener(cluster, ELSEWHERE, "anybody", pool="private")


@pytest.fixture(scope="module")
def ways(cluster, gate, release, elsewhere):
    """All that a pod could try, by name. A pod that no policy bounds gets everywhere."""
    gate_host, gate_port = urlsplit(gate.url).netloc.split(":")
    host, port = cluster.minio.settings.endpoint.split(":")
    service = cluster.get("services", "kubernetes", namespace="default")["spec"]["clusterIP"]
    operators = cluster.get("services", "hybridface-operator", namespace=OPERATORS)["spec"]["clusterIP"]
    far = listener(cluster, NEIGHBOURS, "far", pool="cloud")
    found = {
        "storage": ("tcp", gate_host, int(gate_port)),
        "dns by udp": ("udp", HERE, 53),
        "dns by tcp": ("tcp", HERE, 53),
        "a name": ("name", "kubernetes.default.svc.cluster.local", 0),
        "another port of storage's address": ("tcp", host, int(port)),
        "api server": ("tcp", HERE, int(cluster.plane.url.rpartition(":")[2])),
        "api server's service": ("tcp", service, 443),
        "consul": ("tcp", HERE, int(cluster.consul.address.rpartition(":")[2])),
        "operator": ("tcp", operators, 8080),
        "pod on the same node": ("tcp", elsewhere.address, PORT),
        "pod on the same node by udp": ("udp", elsewhere.address, PORT),
        "another tenant's pod": ("tcp", far.address, PORT),
        "another tenant's pod by udp": ("udp", far.address, PORT),
        "own node": ("tcp", node_address(cluster.nodes["private"].number), KUBELET),
        "other node": ("tcp", node_address(cluster.nodes["cloud"].number), KUBELET),
    }
    soon(lambda: elsewhere.reaches(found), lambda reached: reached == set(found))
    return found


def test_a_worker_reaches_storage_and_dns_and_nothing_else(worker, ways):
    allowed = {"storage", "dns by udp", "dns by tcp", "a name"}
    soon(lambda: worker.reaches(ways), lambda reached: reached == allowed)


def test_nobody_reaches_a_worker_but_its_node(cluster, worker, elsewhere, ways):
    way = {"worker": ("tcp", worker.address, PORT), "worker by udp": ("udp", worker.address, PORT)}
    with worker.listening():
        cluster.nodes["private"].run("bash", "-c", f"exec 3<>/dev/tcp/{worker.address}/{PORT}")
        assert elsewhere.reaches(way) == set()


def test_another_pod_in_a_tenant_s_namespace_reaches_nothing_at_all(cluster, ways):
    other = listener(cluster, TENANT, "nobody-s", pool="private")
    try:
        soon(lambda: other.reaches(ways), lambda reached: reached == set())
    finally:
        cluster.plane.kubectl("delete", "pod", other.name, f"--namespace={TENANT}", "--now", "--wait=false")


def test_storage_gives_a_worker_what_is_its_job_s_and_nothing_of_anybody_else(cluster, worker, mine, theirs):
    ours = [(INBOX, clip("cfr", CHUNK_FRAMES * 3).name), (WORK, f"{mine}{layout.PLAN}")]
    others = [
        (OTHERS_BUCKET, OTHERS_KEY),
        *((WORK, f"{theirs}{key}") for key in (layout.INPUTS, layout.PLAN, layout.probe_result(0))),
        (WORK, f"{mine}{layout.decision(1)}"),
    ]
    assert worker.storage_says([("read", *each) for each in ours]) == ["done", "done"]
    assert set(worker.storage_says([("read", *each) for each in others])) == {"AccessDenied"}
    for bucket, key in others:  # what is not there would be refused, too
        assert cluster.minio.admin.stat_object(bucket_name=bucket, object_name=key).size


def test_a_worker_writes_its_own_chunks_alone(worker, mine, theirs):
    assert worker.storage_says([("write", WORK, f"{mine}chunks/tried")]) == ["done"]
    refused = [
        (WORK, f"{mine}{layout.PLAN}"),
        (WORK, f"{mine}{layout.probe_result(0)}"),
        (WORK, f"{theirs}chunks/tried"),
        (WORK, f"{theirs}done/tried"),
        (INBOX, "tried.mp4"),
        (RESULTS, f"busy/{SOURCE}/clip.mp4"),
        (OTHERS_BUCKET, OTHERS_KEY),
    ]
    assert set(worker.storage_says([("write", *each) for each in refused])) == {"AccessDenied"}


def test_a_worker_neither_deletes_nor_lists(cluster, worker, mine):
    there = [
        (INBOX, clip("cfr", CHUNK_FRAMES * 3).name),
        (WORK, f"{mine}{layout.INPUTS}"),
        (WORK, f"{mine}{layout.PLAN}"),
    ]
    places = [(WORK, ""), (WORK, mine), (INBOX, ""), (RESULTS, ""), (OTHERS_BUCKET, "")]
    asked = [*(("delete", *each) for each in there), *(("list", *each) for each in places), ("buckets", "", "")]
    assert set(worker.storage_says(asked)) == {"AccessDenied"}
    for bucket, key in there:
        assert cluster.minio.admin.stat_object(bucket_name=bucket, object_name=key).size
