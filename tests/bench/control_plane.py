"""What the control plane itself costs: CPU for each FaceSwapJob that is placed, and memory that stays for those that
are over. API server and storage are models in memory, so that their time and their memory stay out of it as far as can
be: the CPU figure has what it takes to copy objects in and out of the model.
"""

from __future__ import annotations

import asyncio
import json
import logging
import multiprocessing
import tempfile
import time
from pathlib import Path
from typing import Any

import structlog

from hybridface_operator.kube.api import Kind
from hybridface_operator.kube.clock import local_now
from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.serving.background import list_all
from hybridface_operator.spec.labels import ATTEMPT, PHASE, POOL, UID
from support.estate_documents import INVENTORY, node, node_status
from support.lives import life
from support.probed import probed_job
from support.recorded_jobs import records
from support.simulation import Operator, Simulation
from support.simulation_world import NAMESPACE, Studio

from .figures import Figure, Goal

JOBS, FINISHED = 1000, 5000
FRAMES = 640
"""Ten chunks."""
MEMORY = Goal("at most", 300)
_DONE = {"conditions": [{"type": "Complete", "status": "True"}]}


def measure(*, quick: bool) -> list[Figure]:
    """Milliseconds of CPU for each job, and MiB that an operator has resident."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    count, over = (50, 200) if quick else (JOBS, FINISHED)
    rounds = [asyncio.run(_cpu_ms(count)) for _ in range(1 if quick else 3)]
    with tempfile.TemporaryDirectory() as made, multiprocessing.get_context("spawn").Pool(1) as alone:
        _write_lists(Path(made), over)
        resident = alone.apply(_resident_mib, (Path(made),))
    return [
        Figure(
            "control-plane",
            f"CPU for each of {count} FaceSwapJobs that are placed, API server and storage in memory",
            min(rounds),
            "ms",
            details={"rounds": rounds},
        ),
        Figure(
            "control-plane",
            f"Memory of an operator with {over} finished FaceSwapJobs, at its highest",
            resident,
            "MiB",
            goal=MEMORY,
        ),
        *_writes(),
    ]


def _writes() -> list[Figure]:
    """What a job costs the API server from its creation to its end, with few chunks and with many."""
    figures = []
    for sources in (1, 32):
        counted, attempts, chunks = asyncio.run(life(FRAMES, sources=sources, speed=2 * sources))
        details = {f"{verb} {kind}": float(count) for (verb, kind), count in counted.items()}
        what = f"Writes to the API server in the life of a FaceSwapJob of {chunks} chunks, {attempts} attempts"
        figures.append(Figure("control-plane", what, float(sum(counted.values())), details=details))
    return figures


async def _cpu_ms(count: int) -> float:
    """From jobs that are probed to jobs whose Swap Jobs are there and whose statuses say so."""
    simulation = Simulation()
    studio = simulation.studio
    _make_room(studio, gpus=count * FRAMES // 64)
    for number in range(count):
        probed_job(studio, f"job-{number}", FRAMES)
    operator = await simulation.start()
    since = time.process_time()
    while await _waiting(operator):
        operator.deliver()
        await operator.round()
    return (time.process_time() - since) / count * 1000


async def _waiting(operator: Operator) -> bool:
    return any(not operator.controller.mirror.jobs(uid) for uid in operator.controller.mirror.face_swap_jobs())


def _make_room(studio: Studio, gpus: int) -> None:
    pools = [{**pool, "maxGpus": gpus} for pool in INVENTORY["pools"]]
    studio.inventory = Inventory.model_validate({**INVENTORY, "pools": pools})
    studio.api.make(Kind.NODE, {"spec": {}, **node("big", "private"), **node_status(gpus)})


def _write_lists(folder: Path, count: int) -> None:
    """Finished jobs as an API server lists them, each with three Jobs of two pods that nobody has swept yet."""
    complete = records()["complete"].body
    lists: dict[Kind, list[dict[str, Any]]] = {Kind.FACE_SWAP_JOB: [], Kind.JOB: [], Kind.POD: []}
    for number in range(count):
        name, uid = f"job-{number}", f"uid-{number}"
        metadata = {**complete["metadata"], "name": name, "uid": uid, "resourceVersion": "1"}
        lists[Kind.FACE_SWAP_JOB].append({**complete, "metadata": metadata})
        for attempt, phase in enumerate(("probe", "swap", "merge"), 1):
            lists[Kind.JOB].append(_of_attempt(f"{name}-{attempt}", uid, attempt, phase, _DONE))
            lists[Kind.POD] += [
                _of_attempt(f"{name}-{attempt}-{index}", uid, attempt, phase, {"phase": "Succeeded"})
                for index in range(2)
            ]
    for kind, bodies in lists.items():
        (folder / f"{kind.value.plural}.json").write_text(json.dumps(bodies))


def _of_attempt(name: str, uid: str, attempt: int, phase: str, status: dict[str, Any]) -> dict[str, Any]:
    labels = {UID: uid, ATTEMPT: str(attempt), PHASE: phase, POOL: "private"}
    metadata = {"name": name, "namespace": NAMESPACE, "uid": f"{name}-uid", "resourceVersion": "1", "labels": labels}
    index = {"batch.kubernetes.io/job-completion-index": "0"}
    return {
        "metadata": {**metadata, "annotations": index, "creationTimestamp": "2026-11-01T12:00:00Z"},
        "spec": {"parallelism": 2},
        "status": status,
    }


class _Lists:
    """An API server that lists what a file holds: nothing of it is in this process until it is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def list(self, kind: Kind, _namespace: str = "", _labels: str = "") -> list[dict[str, Any]]:
        """See ClusterApi."""
        path = self._folder / f"{kind.value.plural}.json"
        found: list[dict[str, Any]] = json.loads(path.read_text()) if path.exists() else []
        return found


def _resident_mib(folder: Path) -> float:
    """The highest memory of a process that lists all that twice, and goes through its rounds."""

    async def serve() -> None:
        lists: Any = _Lists(folder)
        controller = Operator(Studio()).controller
        for _ in range(2):
            await list_all(lists, controller, (), local_now)
            await controller.round()

    asyncio.run(serve())
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))) / 1024
