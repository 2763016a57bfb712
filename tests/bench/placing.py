"""How many FaceSwapJobs a second are placed on real servers, beside a kopf handler that does nothing but create Jobs.

The jobs are there and probed before the operator starts: it reads what is known of each from storage, plans it,
decides, records the decision, mints credentials, and creates Secret, Job, status and events. Both handlers see the same
objects on the same servers as the same user, one after the other. Times of processors say what it costs, and hardly
depend on what else the machine does.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import urllib3

from support import consul_server, control_plane, minio_server
from support.estate import Estate, estate
from support.estate_documents import INVENTORY
from support.runs import portrait
from support.waiting import soon

from .figures import Figure, Goal

JOBS = 1000
RATE, SHARE = Goal("at least", 40), Goal("at least", 1 / 3)
_SEED = "seed"


def measure(*, quick: bool) -> list[Figure]:
    """Jobs a second, and their share of what the bare handler creates, with pods and without."""
    count = 50 if quick else JOBS
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for name in ("plane", "consul", "minio", "estate"):
            (folder / name).mkdir()
        with (
            control_plane.running(folder / "plane") as plane,
            consul_server.running(folder / "consul") as consul,
            minio_server.running(folder / "minio") as minio,
            estate(plane, consul, minio, folder / "estate") as home,
        ):
            home.prepare(inventory=_roomy())
            _seed(home, count)
            before = _pods(home)
            placed = _placed(home, count)
            assert _pods(home) == before + count
            bare = _bare(home, "bare", count + 1)
            assert _pods(home) == before + count + count + 1
            idle = _bare(home, "idle", count + 1, "--suspended")
    details = {
        "operator_seconds": [placed.seconds],
        "bare_handler_seconds": [bare.seconds],
        "suspended_seconds": [idle.seconds],
        "jobs": [float(count)],
    }
    return [
        Figure(
            "placing",
            f"FaceSwapJobs placed on real servers, {count} at once",
            placed.rate,
            "jobs/s",
            goal=RATE,
            details=details,
        ),
        Figure(
            "placing",
            "The same beside a bare kopf handler that creates a Job with a pod each",
            placed.rate / bare.rate,
            "x",
            goal=SHARE,
        ),
        Figure(
            "placing",
            "The same beside a bare kopf handler that creates a suspended Job each",
            placed.rate / idle.rate,
            "x",
        ),
        *(
            Figure(
                "placing",
                f"CPU for each {what}, client and servers",
                side.cost,
                "ms",
                details={**side.cpu, "pods": side.pods},
            )
            for what, side in (
                ("FaceSwapJob that is placed", placed),
                ("Job with a pod of the bare handler", bare),
                ("suspended Job of the bare handler", idle),
            )
        ),
    ]


@dataclass(frozen=True)
class _Side:
    """What one of those that are compared took until its last Job was there."""

    jobs: int
    seconds: float
    cpu: Mapping[str, float]
    """Milliseconds for each job, by process."""
    pods: int
    """Of its jobs that had theirs by then; the controllers made the others' afterwards."""

    @property
    def rate(self) -> float:
        """Jobs a second."""
        return self.jobs / self.seconds

    @property
    def cost(self) -> float:
        """Milliseconds of CPU for each job."""
        return sum(self.cpu.values())


def _roomy() -> dict[str, Any]:
    inventory = deepcopy(INVENTORY)
    inventory["pools"][0] |= {"maxGpus": 100_000, "autoscaled": True}
    return inventory


def _seed(home: Estate, count: int) -> None:
    """Runs one job for what Probe finds, and makes `count` more that know it already."""
    manifest = home.manifest(_SEED, {"still": portrait()})
    home.node("private-0", "private")
    home.kubelets.start()
    home.start_operator()
    home.apply(manifest)
    home.done(_SEED)
    home.stop_operator()
    home.kubelets.close()
    area, uid = home.area(_SEED), home.job(_SEED)["metadata"]["uid"]
    listed = home.minio.admin.list_objects(bucket_name=home.work, prefix=area, recursive=True)
    keys = [str(each.object_name).removeprefix(area) for each in listed]
    known = {key: home.download(home.work, area + key).read_bytes() for key in keys if _of_probe(key)}
    url = f"{home.plane.url}/apis/hybridface.dev/v1alpha1/namespaces/{home.namespace}/faceswapjobs"
    headers = {"Authorization": f"Bearer {home.plane.admin_token}", "Content-Type": "application/json"}
    with urllib3.PoolManager(ca_certs=str(home.plane.ca_file), maxsize=8) as http:

        def make(number: int) -> None:
            name = f"job-{number}"
            body = {**manifest, "metadata": {"name": name, "namespace": home.namespace}}
            body["spec"] = {**manifest["spec"], "output": {"uri": f"s3://{home.results}/{name}/"}}
            answer = http.request("POST", url, body=json.dumps(body), headers=headers)
            assert answer.status == 201, answer.data
            own = json.loads(answer.data)["metadata"]["uid"]
            for key, data in known.items():
                fitted = data.replace(uid.encode(), own.encode()).replace(f'"{_SEED}"'.encode(), f'"{name}"'.encode())
                home.minio.admin.put_object(
                    bucket_name=home.work,
                    object_name=area.replace(uid, own) + key,
                    data=io.BytesIO(fitted),
                    length=len(fitted),
                )

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(make, range(count)))


def _of_probe(key: str) -> bool:
    return key in ("inputs.json", "attempts/000001.json", "ended/000001.json") or key.startswith("probe/")


def _pods(home: Estate) -> int:
    """How many pods all Jobs have, once the controllers are done with what was created so far: what one side left to
    them is not done while the next is measured.
    """
    path = f"/apis/batch/v1/namespaces/{home.namespace}/jobs"
    jobs = soon(
        lambda: home.plane.read(path)["items"], lambda seen: all(_has_its_pods(job) for job in seen), seconds=600
    )
    return sum(job["status"].get("active", 0) for job in jobs)


def _pods_now(home: Estate) -> int:
    listed = home.plane.read(f"/api/v1/namespaces/{home.namespace}/pods?limit=1")
    return len(listed["items"]) + int(listed["metadata"].get("remainingItemCount", 0))


def _has_its_pods(job: dict[str, Any]) -> bool:
    status = job.get("status", {})
    return bool(job["spec"].get("suspend") or status.get("active") or status.get("completionTime"))


def _placed(home: Estate, count: int) -> _Side:
    """From the first look of an operator, as it is delivered, to the last Job, by its own log."""
    home.operator.times = {}
    pods = _pods_now(home)
    home.start_operator()
    began = len(home.operator_log())

    def said(event: str) -> list[datetime]:
        lines = [line for line in home.operator_log()[began:].splitlines() if f'"event": "{event}"' in line]
        return [datetime.fromisoformat(json.loads(line)["timestamp"]) for line in lines]

    processes = {**_servers(home), "operator": home.operator.pid}
    since = soon(lambda: said("serving"), bool)[0]
    before = _cpu_ms(processes)
    until = soon(lambda: said("attempt.started"), lambda seen: len(seen) >= count, seconds=600)[-1]
    cpu, pods = _each(before, _cpu_ms(processes), count), _pods_now(home) - pods
    home.stop_operator()
    return _Side(count, (until - since).total_seconds(), cpu, pods)


def _bare(home: Estate, name: str, count: int, *options: str) -> _Side:
    """From the first event to the last Job, by the handler's own clock."""
    pods = _pods_now(home)
    with subprocess.Popen(
        [
            "timeout",
            "600",
            sys.executable,
            str(Path(__file__).with_name("bare_handler.py")),
            str(count),
            name,
            *options,
        ],
        env={"KUBECONFIG": str(home.access.kubeconfig), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        text=True,
    ) as handler:
        assert handler.stdout is not None
        assert json.loads(handler.stdout.readline()) == {"began": True}
        before = _cpu_ms(_servers(home))
        said = json.loads(handler.stdout.readline())
        cpu, pods = _each(before, _cpu_ms(_servers(home)), count), _pods_now(home) - pods
    return _Side(count, said["seconds"], {**cpu, "handler": said["cpu_ms"] / count}, pods)


def _servers(home: Estate) -> dict[str, int]:
    return {**home.plane.pids, "minio": home.minio.pid}


def _each(before: Mapping[str, float], after: Mapping[str, float], count: int) -> dict[str, float]:
    return {name: (after[name] - value) / count for name, value in before.items()}


def _cpu_ms(processes: Mapping[str, int]) -> dict[str, float]:
    """User's and system's time of processes so far."""
    spent = {}
    for name, pid in processes.items():
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        spent[name] = 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return spent
