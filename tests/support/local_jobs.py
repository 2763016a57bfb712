"""A job on one machine whose workers are stand-ins: a manifest, its files, and what the workers are told to do."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hybridface_worker.contract import layout
from hybridface_worker.contract.manifest import ChunkManifest, OutputIndex, WorkerExit
from hybridface_worker.contract.plan import Plan
from hybridface_worker.contract.probe import FaceBox
from hybridface_worker.contract.spec import JobRef
from support import standin_run
from support.plans import video_info
from support.standin_run import STANDIN, hybridface_run

FRAMES = 640
FACE = FaceBox(box=(0, 0, 9, 9), points=((1, 1), (8, 1), (4, 4), (2, 8), (7, 8)), score=0.9)


class LocalJobBench:
    """Everything of one job below one folder."""

    def __init__(self, root: Path, *, targets: int = 1, **spec: Any) -> None:
        self.root = root
        self.store = root / "store"
        self.manifest = root / "job.json"
        self.targets = [f"clip{number}" for number in range(targets)]
        for name in ("face.png", *(f"{target}.mp4" for target in self.targets)):
            (root / name).write_bytes(name.encode())
        self.write_manifest(**spec)
        self.tell({})

    def write_manifest(self, **spec: Any) -> None:
        whole = {
            "sources": [{"name": "actor", "images": [{"uri": "face.png"}]}],
            "targets": [{"name": target, "uri": f"{target}.mp4"} for target in self.targets],
            "output": {"uri": "out/"},
            "consent": {"reference": "test"},
            **spec,
        }
        job = {"apiVersion": "hybridface.dev/v1alpha1", "kind": "FaceSwapJob", "metadata": {"name": "spring"}}
        self.manifest.write_text(json.dumps({**job, "spec": whole}))

    def tell(self, script: dict[str, list[str]]) -> None:
        """What the stand-ins are to do; see standin_worker.py."""
        templates = {"template:video": video_info(FRAMES), "template:face": FACE}
        found = {name: json.loads(part.model_dump_json(by_alias=True)) for name, part in templates.items()}
        (self.root / "script.json").write_text(json.dumps({**found, **script}))

    def run(self, workers: int = 1) -> subprocess.CompletedProcess[str]:
        """Runs the job to its end, in this process."""
        out, err = io.StringIO(), io.StringIO()
        with patch.dict(os.environ, self._environment), redirect_stdout(out), redirect_stderr(err):
            status = hybridface_run(*self._arguments(workers, 60))
        return subprocess.CompletedProcess([], status, out.getvalue(), err.getvalue())

    def start(self, workers: int = 1, grace_seconds: float = 60) -> subprocess.Popen[str]:
        """Runs the job in a process that can be stopped and killed."""
        command = [sys.executable, standin_run.__file__, *self._arguments(workers, grace_seconds)]
        env = {**os.environ, **self._environment}
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    @property
    def _environment(self) -> dict[str, str]:
        return {"STANDIN_SCRIPT": str(self.root / "script.json")}

    def _arguments(self, workers: int, grace_seconds: float) -> tuple[str, str, str, str]:
        return str(self.manifest), str(self.store), str(workers), str(grace_seconds)

    def tries(self, key: str) -> list[str]:
        """The workers that began what the key names, in their order."""
        file = self.root / ("tries-" + key.replace("/", "_"))
        return file.read_text().split() if file.exists() else []

    @property
    def folder(self) -> Path:
        """The job's own, where there is one job."""
        (folder,) = (self.store / layout.job_prefix("local", "x")).parent.iterdir()
        return folder

    def chunks(self) -> dict[str, ChunkManifest]:
        """What was committed, by the chunks' ids."""
        found = [ChunkManifest.from_bytes(file.read_bytes(), file.name) for file in self.folder.glob("done/**/*.json")]
        return {layout.chunk_id(manifest.chunk): manifest for manifest in found}

    def exits(self) -> list[WorkerExit]:
        """How workers ended."""
        return [WorkerExit.from_bytes(file.read_bytes(), file.name) for file in sorted(self.folder.glob("exits/*"))]

    def plan(self) -> Plan:
        return Plan.from_bytes((self.folder / layout.PLAN).read_bytes(), "plan")

    def index(self) -> OutputIndex:
        job = JobRef(namespace="local", name="spring", uid="any")
        return OutputIndex.from_bytes((self.root / "out" / layout.published_index(job)).read_bytes(), "index")

    def wait_for(self, key: str, times: int = 1) -> None:
        """Until so many workers have begun what the key names."""
        while len(self.tries(key)) < times:
            time.sleep(0.02)

    def workers_alive(self) -> list[int]:
        """Stand-ins that still run."""
        return [int(file.name) for file in (self.root / "running").iterdir() if _runs(int(file.name))]


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z" and STANDIN.name in Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
