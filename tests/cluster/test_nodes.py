"""What the scenarios rest on: nodes that are real, and pods that reach what they need."""

from __future__ import annotations

import pytest

from support.cluster import GPU, POOLS, PRIVATE_LABEL
from support.cluster_pods import output_of

REACHES = """
import socket, sys, urllib.request
print(socket.gethostbyname("kubernetes.default.svc.cluster.local"))
print(urllib.request.urlopen(sys.argv[1], timeout=10).status)
"""


def test_both_nodes_offer_a_gpu_and_one_is_private(cluster):
    nodes = {node["metadata"]["name"]: node for node in cluster.get("nodes")["items"]}
    assert set(nodes) == {"private-0", "cloud-0"}
    assert {node["status"]["allocatable"][GPU] for node in nodes.values()} == {"1"}
    assert [name for name, node in nodes.items() if PRIVATE_LABEL in node["metadata"]["labels"]] == ["private-0"]


def test_a_node_cannot_call_itself_private(cluster):
    node = cluster.nodes["cloud"]
    with pytest.raises(RuntimeError, match="is not allowed to modify labels"):
        cluster.plane.kubectl("label", "node", node.name, f"{PRIVATE_LABEL}=private", kubeconfig=node.kubeconfig)


@pytest.mark.parametrize("pool", POOLS)
def test_a_pod_finds_services_by_name_and_reaches_object_storage(cluster, pool):
    health = f"http://{cluster.minio.settings.endpoint}/minio/health/live"
    address, status = output_of(cluster, "operator", "python3", "-c", REACHES, health, pool=pool).splitlines()
    assert address == cluster.get("services", "kubernetes", namespace="default")["spec"]["clusterIP"]
    assert status == "200"


def test_what_a_pod_says_is_read_through_the_kubelet_that_runs_it(cluster):
    assert output_of(cluster, "operator", "echo", "hello", pool="cloud") == "hello"
