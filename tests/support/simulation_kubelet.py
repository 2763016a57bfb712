"""Nodes and pods of a simulation: pods are bound where there is room, and their workers played step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hybridface_operator.kube.api import Kind
from hybridface_worker.contract.plan import ChunkRef
from support.kubelet_rules import fits
from support.simulation_worker import Worker
from support.simulation_world import NAMESPACE, PODS, Studio

Body = dict[str, Any]


class Kubelets:
    """Every node's. Nothing happens but in `step` and where somebody says so."""

    def __init__(
        self, studio: Studio, *, poison: Callable[[ChunkRef], bool] = lambda _chunk: False, speed: int = 1
    ) -> None:
        """`poison` says which chunks end their workers; `speed` is how many things a worker does in a step."""
        self._studio = studio
        self._poison = poison
        self._speed = speed
        self._running: dict[str, Worker] = {}
        self.dead: set[str] = set()
        """Nodes that answer no more."""
        self.blameless: set[str] = set()
        """Pods whose end was not their work's fault."""

    def step(self) -> bool:
        """Each pod gets a node, does one thing, or ends. Whether anything happened."""
        before = self._studio.api._revision
        pods = self._pods()
        nodes = [each for each in self._studio.api.objects.values() if each["kind"] == "Node"]
        for pod in pods:
            metadata = pod["metadata"]
            if _ended(pod):
                if metadata.get("deletionTimestamp"):
                    self._studio.api.remove(Kind.POD, metadata["namespace"], metadata["name"], force=True)
            elif not pod["spec"].get("nodeName"):
                self._bind(pod, nodes, pods)
            elif pod["spec"]["nodeName"] in self.dead:
                continue
            elif metadata.get("deletionTimestamp"):
                self._terminate(pod)
            else:
                self._work(pod)
        return before != self._studio.api._revision

    def running(self) -> list[Body]:
        """Pods that work on a node that lives."""
        return [
            pod
            for pod in self._pods()
            if pod["status"].get("phase") == "Running" and pod["spec"]["nodeName"] not in self.dead
        ]

    def crash(self, pod: Body, status: int) -> None:
        """The worker ends by itself."""
        self._end(pod, status)

    def preempt(self, pod: Body) -> None:
        """The pod has to make room."""
        self._disrupt(pod)
        self._studio.api.remove(Kind.POD, NAMESPACE, pod["metadata"]["name"])

    def remove(self, pod: Body) -> None:
        """Somebody deletes the pod."""
        self.blameless.add(pod["metadata"]["name"])
        self._studio.api.remove(Kind.POD, NAMESPACE, pod["metadata"]["name"])

    def die(self, node: str) -> None:
        """The node is gone without a word; its pods are evicted, and nobody confirms that they ended."""
        self.dead.add(node)
        self._ready(node, ready=False)
        for pod in self._pods():
            if pod["spec"].get("nodeName") == node and not _ended(pod):
                self._running.pop(pod["metadata"]["uid"], None)
                self._disrupt(pod)
                self._studio.api.remove(Kind.POD, NAMESPACE, pod["metadata"]["name"])

    def revive(self, node: str) -> None:
        """The node is back; what was on it is not."""
        if node in self.dead:
            self.dead.discard(node)
            self._ready(node, ready=True)

    def _pods(self) -> list[Body]:
        items = sorted(self._studio.api.objects.items(), key=lambda item: item[0][1:])
        return [body for (kind, _, _), body in items if kind is Kind.POD]

    def _bind(self, pod: Body, nodes: list[Body], pods: list[Body]) -> None:
        metadata = pod["metadata"]
        free = (each for each in nodes if each["metadata"]["name"] not in self.dead)
        node = next((each for each in free if fits(pod, each, pods)), None)
        if node is None:
            if not pod["status"].get("conditions"):
                self._say(pod, "Pending", "Unschedulable")
            return
        pod["spec"]["nodeName"] = node["metadata"]["name"]  # the next pod must find the room taken

        def bound(body: Body) -> None:
            body["spec"]["nodeName"] = node["metadata"]["name"]

        if not metadata.get("deletionTimestamp"):
            self._studio.api.edit(Kind.POD, NAMESPACE, metadata["name"], bound)
            self._say(pod, "Running", "Scheduled", {"running": {}})

    def _work(self, pod: Body) -> None:
        uid = pod["metadata"]["uid"]
        worker = self._running.get(uid) or Worker(self._studio, pod, self._poison)
        self._running[uid] = worker
        for _ in range(self._speed):
            status = worker.step()
            if status is not None:
                self._end(pod, status)
                return

    def _terminate(self, pod: Body) -> None:
        """SIGTERM: it finishes the chunk in hand, and says that it was stopped."""
        self.blameless.add(pod["metadata"]["name"])
        worker = self._running.get(pod["metadata"]["uid"])
        if worker and worker.in_hand:
            worker.step()
        self._end(pod, 143)

    def _end(self, pod: Body, status: int) -> None:
        self._running.pop(pod["metadata"]["uid"], None)
        ended = {"exitCode": status, "finishedAt": self._studio.api.time()}
        self._say(pod, "Failed" if status else "Succeeded", "Scheduled", {"terminated": ended})

    def _disrupt(self, pod: Body) -> None:
        self.blameless.add(pod["metadata"]["name"])
        condition = {"type": "DisruptionTarget", "status": "True", "lastTransitionTime": self._studio.api.time()}

        def told(body: Body) -> None:
            body["status"].setdefault("conditions", []).append(condition)

        self._studio.api.edit(Kind.POD, NAMESPACE, pod["metadata"]["name"], told)

    def _say(self, pod: Body, phase: str, scheduled: str, state: Body | None = None) -> None:
        since = self._studio.api.time()
        container = {"name": "worker", "imageID": PODS.image, "state": state}

        def told(body: Body) -> None:
            known = body["status"].get("conditions", [])
            before = next((each for each in known if each["type"] == "PodScheduled"), None)
            condition = {
                "type": "PodScheduled",
                "status": "False" if scheduled == "Unschedulable" else "True",
                "reason": scheduled,
                "message": "0 nodes are available: Insufficient nvidia.com/gpu",
                "lastTransitionTime": since,
            }
            if before is not None and before["status"] == condition["status"]:
                condition = before
            others = [each for each in known if each["type"] != "PodScheduled"]
            body["status"] = {"phase": phase, "conditions": [*others, condition]}
            if state is not None:
                body["status"]["containerStatuses"] = [container]

        self._studio.api.edit(Kind.POD, NAMESPACE, pod["metadata"]["name"], told)

    def _ready(self, node: str, *, ready: bool) -> None:
        def told(body: Body) -> None:
            body["status"]["conditions"][0]["status"] = "True" if ready else "Unknown"

        self._studio.api.edit(Kind.NODE, "", node, told)


def _ended(pod: Body) -> bool:
    return pod["status"].get("phase") in ("Succeeded", "Failed")
