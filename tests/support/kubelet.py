"""A kubelet and a scheduler, played honestly: pods get a node that their affinity allows and that has a GPU for them,
their command runs as a real process with the files of their Secret, and their status says what became of it.

What is played: binding, the status of containers, mounting the credentials Secret (and its renewals), SIGTERM and the
grace on deletion. What is not: images, cgroups, volumes of other kinds.
"""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hybridface_operator.kube.api import Body, Kind
from hybridface_operator.kube.connection import Connection
from hybridface_operator.kube.errors import KubeError
from hybridface_operator.kube.requests import Request
from hybridface_operator.kube.settings import KubeSettings
from hybridface_operator.spec.labels import WORKER
from support.kubelet_rules import GPU, env_of, fits
from support.mortal_worker import Wait
from support.pod_process import PodProcess

IMAGE = "registry.test/hybridface-worker@sha256:" + "0" * 64
_LOOK_SECONDS = 0.15
_REMOUNT_SECONDS = 2.0
_BY_SIGNAL = 128


@dataclass
class Running:
    """A pod's process."""

    process: PodProcess
    folder: Path
    log: Path
    mounted: str = ""
    looked_at: float = 0.0  # when its Secret was, by the monotonic clock
    terminating: asyncio.Task[None] | None = None


class Kubelets:
    """Plays every node of a cluster, in a thread of its own, until it is closed."""

    def __init__(self, kubeconfig: Path, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        """`environment` is given to every process beside what its pod says."""
        self._settings = KubeSettings(kubeconfig=kubeconfig)
        self._folder = folder
        self._environment = dict(environment or {})
        self._running: dict[str, Running] = {}
        self._stop = threading.Event()
        self._paused = threading.Event()
        self._dead: set[str] = set()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._play()), daemon=True)
        self.started: list[str] = []
        """Names of pods whose process was started, in order."""
        self.errors: list[str] = []
        self.poison: str | None = None
        """The target whose chunks kill whoever begins them, as those do that want more memory than there is."""
        self._waiting: dict[tuple[str, str], int] = {}
        self._rounds = 0

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Ends every process."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(30)

    def pause(self) -> None:
        """From now on no pod gets a node, nor starts."""
        self._paused.set()

    def resume(self) -> None:
        self._paused.clear()

    def hold(self, job: str, phase: str, *, from_frame: int = 0) -> None:
        """Pods of that job and phase that start from now on wait, running, until they are let go or told to end: in
        Swap as they begin a chunk that starts at that frame or later, else before anything. A chunk is not committed
        before the next one of its shard has begun, if there is one: its encoder looks ahead."""
        self._waiting[job, phase] = from_frame

    def let_go(self) -> None:
        """Nobody waits any longer, nor will."""
        self._waiting.clear()
        self._gate.touch()
        self._rounds += 1

    def crash(self, which: float) -> bool:
        """Kills the process of one pod; `which` chooses it, from 0 up to 1. Whether there was one."""
        running = list(self._running.values())
        if running:
            running[int(which * len(running))].process.kill()
        return bool(running)

    def die(self, node: str) -> None:
        """The machine is gone: its processes end, and nobody says so. No pod gets onto it."""
        self._dead.add(node)

    def come_back(self, node: str) -> None:
        """The machine is there again, and has forgotten everything."""
        self._dead.discard(node)

    def log_of(self, pod: str) -> str:
        """What the pod's process has said."""
        path = self._folder / f"{pod}.log"
        return path.read_text() if path.exists() else ""

    @property
    def _gate(self) -> Path:
        return self._folder / f"let-go-{self._rounds}"

    def _wait_of(self, pod: Body, folder: Path) -> Wait | None:
        labels = pod["metadata"]["labels"]
        from_frame = self._waiting.get((labels["hybridface.dev/job"], labels["hybridface.dev/phase"]))
        return None if from_frame is None else Wait((self._gate, folder / "go"), from_frame)

    async def _play(self) -> None:
        async with Connection(self._settings) as api:
            while not self._stop.is_set():
                with suppress(KubeError):
                    await self._look(api)
                await asyncio.sleep(_LOOK_SECONDS)
        for running in self._running.values():
            running.process.kill()
            await running.process.wait()

    async def _look(self, api: Connection) -> None:
        pods = await self._listed(api, Kind.POD, ("labelSelector", "hybridface.dev/uid"))
        nodes = [] if all(pod["spec"].get("nodeName") for pod in pods) else await self._listed(api, Kind.NODE)
        for pod in pods:
            uid, metadata = pod["metadata"]["uid"], pod["metadata"]
            phase = pod.get("status", {}).get("phase")
            if pod["spec"].get("nodeName") in self._dead:
                await self._abandon(uid)
                continue
            try:
                if uid in self._running:
                    await self._follow(api, pod, self._running[uid])
                elif metadata.get("deletionTimestamp"):
                    await self._remove(api, pod)
                elif phase == "Pending" and not self._paused.is_set():
                    await self._begin(api, pod, nodes, pods)
            except KubeError as error:
                self.errors.append(f"{metadata['name']}: {error}")

    async def _listed(self, api: Connection, kind: Kind, *query: tuple[str, str]) -> list[Body]:
        found: list[Body] = (await api.send(Request("list", kind.value, query=query)))["items"]
        return found

    async def _abandon(self, uid: str) -> None:
        running = self._running.pop(uid, None)
        if running is not None:
            running.process.kill()
            await running.process.wait()

    async def _begin(self, api: Connection, pod: Body, nodes: list[Body], pods: list[Body]) -> None:
        if not pod["spec"].get("nodeName"):
            alive = [node for node in nodes if node["metadata"]["name"] not in self._dead]
            node = next((node for node in alive if fits(pod, node, pods)), None)
            if node is None:
                await self._unscheduled(api, pod)
                return
            await self._bind(api, pod, node["metadata"]["name"])
            pod["spec"]["nodeName"] = node["metadata"]["name"]
        running = await self._run(api, pod)
        self._running[pod["metadata"]["uid"]] = running
        self.started.append(pod["metadata"]["name"])
        await self._say(api, pod, "Running", {"running": {"startedAt": _now()}})

    async def _bind(self, api: Connection, pod: Body, node: str) -> None:
        metadata = pod["metadata"]
        target = {"apiVersion": "v1", "kind": "Node", "name": node}
        body = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": metadata["name"]}, "target": target}
        await api.send(Request("create", Kind.POD.value, metadata["namespace"], metadata["name"], "binding", body=body))

    async def _unscheduled(self, api: Connection, pod: Body) -> None:
        known = {each["type"]: each for each in pod.get("status", {}).get("conditions", ())}
        if "PodScheduled" in known:
            return
        condition = {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": f"0 nodes are available: Insufficient {GPU}",
            "lastTransitionTime": _now(),
        }
        await self._patch(api, pod, {"phase": "Pending", "conditions": [condition]})

    async def _run(self, api: Connection, pod: Body) -> Running:
        name = pod["metadata"]["name"]
        folder = self._folder / name
        folder.mkdir(parents=True, exist_ok=True)
        container = next(each for each in pod["spec"]["containers"] if each["name"] == WORKER)
        running = Running(None, folder, self._folder / f"{name}.log")  # type: ignore[arg-type]  # set below
        await self._mount(api, pod, running)
        environment = {**os.environ, **self._environment, **env_of(pod, container)}
        environment["HYBRIDFACE_CREDENTIALS_DIR"] = str(folder / "credentials")
        environment["HYBRIDFACE_SCRATCH"] = str(folder)
        environment["HYBRIDFACE_MODEL_CACHE"] = str(folder / "models")
        environment["JOB_COMPLETION_INDEX"] = pod["metadata"]["labels"]["batch.kubernetes.io/job-completion-index"]
        running.process = PodProcess(
            container["args"], environment, running.log, poison=self.poison, wait=self._wait_of(pod, folder)
        )
        return running

    async def _mount(self, api: Connection, pod: Body, running: Running) -> None:
        """The files of the Secret, as they are now."""
        running.looked_at = time.monotonic()
        volumes = pod["spec"].get("volumes") or ()
        name = next(volume["secret"]["secretName"] for volume in volumes if "secret" in volume)
        secret = await api.send(Request("get", Kind.SECRET.value, pod["metadata"]["namespace"], name))
        version = secret["metadata"]["resourceVersion"]
        if version == running.mounted:
            return
        target = running.folder / "credentials"
        target.mkdir(exist_ok=True)
        for file, text in secret["data"].items():
            fresh = target / f".{file}"
            fresh.write_bytes(base64.b64decode(text))
            fresh.replace(target / file)
        running.mounted = version

    async def _follow(self, api: Connection, pod: Body, running: Running) -> None:
        metadata = pod["metadata"]
        code = running.process.returncode
        if code is None:
            if metadata.get("deletionTimestamp") and running.terminating is None:
                grace = float(metadata.get("deletionGracePeriodSeconds") or 30)
                running.terminating = asyncio.create_task(_terminate(running, grace))
            elif not metadata.get("deletionTimestamp") and time.monotonic() - running.looked_at > _REMOUNT_SECONDS:
                with suppress(KubeError):
                    await self._mount(api, pod, running)
            return
        status = code if code >= 0 else _BY_SIGNAL - code
        ended = {"exitCode": status, "startedAt": metadata["creationTimestamp"], "finishedAt": _now()}
        if pod["status"].get("phase") not in ("Succeeded", "Failed"):
            await self._say(api, pod, "Succeeded" if status == 0 else "Failed", {"terminated": ended})
        del self._running[metadata["uid"]]
        shutil.rmtree(running.folder, ignore_errors=True)
        if metadata.get("deletionTimestamp"):
            await self._remove(api, pod)

    async def _say(self, api: Connection, pod: Body, phase: str, state: Mapping[str, Any]) -> None:
        known = pod.get("status", {}).get("conditions", ())
        conditions = [each for each in known if each["type"] != "PodScheduled"]
        scheduled = next(
            (each for each in known if each["type"] == "PodScheduled" and each["status"] == "True"),
            {"type": "PodScheduled", "status": "True", "lastTransitionTime": _now()},
        )
        container = {
            "name": WORKER,
            "image": IMAGE,
            "imageID": IMAGE,
            "ready": phase == "Running",
            "restartCount": 0,
            "state": state,
        }
        status = {"phase": phase, "conditions": [*conditions, scheduled], "containerStatuses": [container]}
        await self._patch(api, pod, status)

    async def _patch(self, api: Connection, pod: Body, status: Body) -> None:
        metadata = pod["metadata"]
        operations = [{"op": "add", "path": "/status", "value": status}]
        await api.send(
            Request("patch", Kind.POD.value, metadata["namespace"], metadata["name"], "status", body=operations)
        )

    async def _remove(self, api: Connection, pod: Body) -> None:
        metadata = pod["metadata"]
        options = {"gracePeriodSeconds": 0, "preconditions": {"uid": metadata["uid"]}}
        await api.send(Request("delete", Kind.POD.value, metadata["namespace"], metadata["name"], body=options))


async def _terminate(running: Running, grace_seconds: float) -> None:
    running.process.terminate()
    try:
        async with asyncio.timeout(grace_seconds):
            await running.process.wait()
    except TimeoutError:
        running.process.kill()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
