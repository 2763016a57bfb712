"""A real cluster on this machine: control plane, DNS, object storage, Consul, a private and a cloud node.

Only this machine reaches it, and it reaches only this machine. It takes root.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from build_images import archive, reference
from build_tools import built
from support.cluster_images import share, unpacked
from support.cluster_network import HERE, Network
from support.cluster_node import Node
from support.cluster_plane import ClusterPlane
from support.cluster_state import claimed
from support.consul_server import ConsulServer
from support.minio_server import MinioServer
from support.processes import ServerProcess
from support.waiting import soon

POOLS = ("private", "cloud")
PRIVATE_LABEL = "node-restriction.kubernetes.io/hybridface-zone"
GPU = "nvidia.com/gpu"
_COREFILE = ".:53 {{\n bind {here}\n kubernetes cluster.local {{\n  kubeconfig {kubeconfig}\n }}\n errors\n}}\n"
_FIREWALL = "kube-router"
_FIREWALL_READS = (
    "nodes,namespaces,pods,services,endpoints,endpointslices.discovery.k8s.io,networkpolicies.networking.k8s.io"
)
_GROUPS = {
    "customresourcedefinitions": "/apis/apiextensions.k8s.io/v1",
    "faceswapjobs": "/apis/hybridface.dev/v1alpha1",
    "leases": "/apis/coordination.k8s.io/v1",
}
"""Of the kinds that are not of the first."""

Body = dict[str, Any]


class Cluster:
    """The servers and the nodes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._folders = {name: folder / name for name in ("plane", "minio", "consul", "network", *POOLS)}
        for own in self._folders.values():
            own.mkdir()
        self.network = Network(self._folders["network"])
        self._ends = ExitStack()

    def start(self, images: Sequence[str] = ()) -> None:
        """Starts everything with these images on the nodes, and waits until the nodes are ready.

        Call it from a thread that lives on.
        """
        store = unpacked(["pause", *images])
        self._started(self.network)
        self.minio = self._started(MinioServer(self._folders["minio"], HERE))
        self.consul = self._started(ConsulServer(self._folders["consul"], HERE))
        self.plane = self._started(ClusterPlane(self._folders["plane"], HERE))
        self._started(self._dns())
        self.nodes = {
            pool: Node(number, pool, self.plane, self._folders[pool], reference("pause"))
            for number, pool in enumerate(POOLS, start=1)
        }
        for node in self.nodes.values():
            self._ends.callback(node.stop)
            share(store, node.images)
            node.start(self.network)
        self._connect()
        for node in self.nodes.values():
            node.join()
        self.wait_ready()
        self._enforce()
        self._equip()

    def wait_ready(self) -> None:
        """Returns when every node is ready."""
        soon(self._ready_nodes, lambda ready: ready == {node.name for node in self.nodes.values()})

    def stop(self) -> None:
        """Ends everything, at once."""
        self._ends.close()

    def load(self, *images: str) -> None:
        """Brings further images to all nodes, built first where they have changed."""
        archives = [archive(image) for image in images]
        with ThreadPoolExecutor() as threads:
            list(threads.map(lambda node: [node.load(each) for each in archives], self.nodes.values()))

    def apply(self, *objects: Body) -> None:
        """As `kubectl apply --server-side` does."""
        self.plane.apply(*objects)

    def get(self, kind: str, name: str = "", *, namespace: str = "") -> Body:
        """An object, or a list of them, as it stands, by the plural of its kind; no program is started for it."""
        where = [*(["namespaces", namespace] if namespace else []), kind, *([name] if name else [])]
        found: Body = self.plane.read("/".join((_GROUPS.get(kind, "/api/v1"), *where)))
        return found

    def set_gpus(self, pool: str, number: int) -> None:
        """Makes the pool's node say that it has so many."""
        patch = json.dumps({"status": {"capacity": {GPU: str(number)}}})
        name = self.nodes[pool].name
        self.plane.kubectl("patch", "node", name, "--subresource=status", "--type=merge", f"--patch={patch}")
        # The kubelet takes a second to make what is there what may be taken.
        soon(lambda: self.get("nodes", name)["status"]["allocatable"].get(GPU, "0"), lambda seen: seen == str(number))

    def _dns(self) -> ServerProcess:
        corefile = self._folders["plane"] / "Corefile"
        corefile.write_text(_COREFILE.format(here=HERE, kubeconfig=self.plane.kubeconfig), encoding="utf-8")
        command = [str(built("coredns")), "-conf", str(corefile)]
        return ServerProcess("coredns", command, folder=self._folders["plane"], answers=lambda: True)

    def _connect(self) -> None:
        for node in self.nodes.values():
            for other in self.nodes.values():
                if other is not node:
                    self.network.route(node.pid, other.number)

    def _enforce(self) -> None:
        """NetworkPolicies hold from now on."""
        user = self.plane.kubeconfig_of(self.plane.client_token(_FIREWALL))
        role = ("create", "clusterrole", _FIREWALL, "--verb=get,list,watch", f"--resource={_FIREWALL_READS}")
        self.plane.kubectl(*role)
        self.plane.kubectl(
            "create", "clusterrolebinding", _FIREWALL, f"--clusterrole={_FIREWALL}", f"--user={_FIREWALL}"
        )
        for node in self.nodes.values():
            node.enforce(user)

    def _ready_nodes(self) -> set[str]:
        return {
            node["metadata"]["name"]
            for node in self.get("nodes")["items"]
            for condition in node["status"].get("conditions", [])
            if condition["type"] == "Ready" and condition["status"] == "True"
        }

    def _equip(self) -> None:
        """What administrators and devices would do: the private label, and GPUs."""
        self.plane.kubectl("label", "node", self.nodes["private"].name, f"{PRIVATE_LABEL}=private")
        for pool in POOLS:
            self.set_gpus(pool, 1)

    def _started(self, server):
        self._ends.callback(server.stop)
        server.start()
        return server


@contextmanager
def running(images: Sequence[str] = ()) -> Iterator[Cluster]:
    """The cluster of this machine with these images, ended on leaving.

    Raises:
        ClusterInUse: there is one already.
    """
    with claimed() as folder:
        cluster = Cluster(folder)
        try:
            cluster.start(images)
            yield cluster
        finally:
            cluster.stop()
