"""`hybridface-worker preload`: which models it fetches, what it leaves behind, and what it ends with."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from structlog.contextvars import clear_contextvars
from structlog.testing import capture_logs

from hybridface_worker.contract import layout
from hybridface_worker.contract.document import Document
from hybridface_worker.contract.errors import TaskError
from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.contract.plan import ChunkRef
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import FaceSelection, Limits, ModelRef
from hybridface_worker.contract.task import (
    Attempt,
    MergeShard,
    MergeTask,
    ProbeShard,
    ProbeTask,
    SwapShard,
    SwapTask,
)
from hybridface_worker.phases.preload import preload
from hybridface_worker.settings import WorkerSettings
from hybridface_worker.store.stores import Stores
from hybridface_worker.watchdog import Watchdog
from support.commands import bound_by_modes
from support.plans import JOB, models, plan, video

SWAPPER, DETECTOR = b"a swapper's weights" * 1_000_000, b"a detector's weights"
CHUNK = ChunkRef(source="actor", target="clip", unit="v000000", start=0, end=64)


@dataclass
class Bench:
    """A job whose swapper and detector are files, and a cache."""

    root: Path

    def __post_init__(self) -> None:
        self.cache = self.root / "cache"
        self.job = self.root / "job"
        named = models("blend").model_copy(
            update={"swapper": self.model("swapper", SWAPPER), "detector": self.model("detector", DETECTOR)}
        )
        self._write(layout.PLAN, plan(video("clip", 64)).model_copy(update={"models": named}))
        probe = ProbeTask(
            detector=named.detector,
            faces=FaceSelection(),
            limits=Limits(),
            shards=(ProbeShard(sources=(0, 1), targets=(0, 1)),),
        )
        swap, merge = SwapTask(shards=(SwapShard(chunks=(CHUNK,)),)), MergeTask(shards=(MergeShard(outputs=(0, 1)),))
        for number, work in enumerate((probe, swap, merge), start=1):
            self._write(layout.attempt(number), Attempt(attempt=number, job=JOB, pool="local", work=work))

    def model(self, kind: Any, data: bytes) -> ModelRef:
        file = self.root / f"{kind}.onnx"
        file.write_bytes(data)
        return ModelRef(
            name=f"my-{kind}", kind=kind, format="onnx", uri=file.as_uri(), sha256=sha256(data), licence="ours"
        )

    def run(self, key: str, *, cache: bool = True) -> list[MutableMapping[str, Any]]:
        """The events. Raises what the command would end with."""
        settings = WorkerSettings.from_env({"HYBRIDFACE_MODEL_CACHE": str(self.cache) if cache else ""})
        with capture_logs() as events:
            preload(settings, Stores(settings.store), (self.job / key).as_uri(), Watchdog(60))
        return events

    def command(self, key: str, *program: str) -> subprocess.Popen[str]:
        """The same as a process."""
        return subprocess.Popen(
            [*program, "preload", (self.job / key).as_uri()],
            env={**os.environ, "HYBRIDFACE_MODEL_CACHE": str(self.cache)},
            stdout=subprocess.PIPE,
            text=True,
        )

    def cached(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.cache.iterdir()} if self.cache.exists() else {}

    def _write(self, key: str, document: Document) -> None:
        (self.job / key).parent.mkdir(parents=True, exist_ok=True)
        (self.job / key).write_bytes(document.to_bytes())


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


BOTH = {sha256(DETECTOR): DETECTOR, sha256(SWAPPER): SWAPPER}


@pytest.fixture
def bench(tmp_path):
    yield Bench(tmp_path)
    clear_contextvars()


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        (layout.attempt(1), {sha256(DETECTOR): DETECTOR}),
        (layout.attempt(2), BOTH),
        (layout.attempt(3), {}),
        (layout.PLAN, BOTH),
    ],
    ids=["probe", "swap", "merge", "a plan"],
)
def test_a_phases_models_lie_under_their_digests(bench, key, wanted):
    said = {event["sha256"]: event for event in bench.run(key) if event["event"] == "model.cached"}
    assert bench.cached() == wanted
    assert {digest: (event["bytes"], event["bytes_fetched"]) for digest, event in said.items()} == {
        digest: (len(data), len(data)) for digest, data in wanted.items()
    }
    assert all(event["seconds"] >= 0 for event in said.values())


def test_what_is_there_and_right_is_not_fetched_again(bench):
    bench.run(layout.PLAN)
    (bench.root / "swapper.onnx").unlink()
    (bench.root / "detector.onnx").unlink()
    assert [event["bytes_fetched"] for event in bench.run(layout.PLAN)] == [0, 0]


@pytest.mark.parametrize("damaged", [b"", SWAPPER[:-1], SWAPPER[:-1] + b"!"], ids=["empty", "cut", "changed"])
def test_a_damaged_file_is_replaced(bench, damaged):
    bench.cache.mkdir()
    (bench.cache / sha256(SWAPPER)).write_bytes(damaged)
    bench.run(layout.PLAN)
    assert bench.cached() == BOTH


def test_another_file_at_the_address_is_refused_with_both_digests(bench):
    (bench.root / "swapper.onnx").write_bytes(b"another")
    with pytest.raises(TaskError, match=f"{sha256(b'another')}.*{sha256(SWAPPER)}") as refused:
        bench.run(layout.PLAN)
    assert refused.value.reason is Reason.MODEL_MISMATCH
    assert bench.cached() == {sha256(DETECTOR): DETECTOR}


def test_no_file_at_the_address_is_said(bench):
    (bench.root / "swapper.onnx").unlink()
    with pytest.raises(TaskError, match=r"swapper\.onnx") as refused:
        bench.run(layout.PLAN)
    assert refused.value.reason is Reason.MODEL_NOT_FOUND
    assert bench.cached() == {sha256(DETECTOR): DETECTOR}


def test_without_a_folder_the_variable_is_named_where_it_is_needed(bench):
    with pytest.raises(TaskError, match="HYBRIDFACE_MODEL_CACHE"):
        bench.run(layout.PLAN, cache=False)
    assert bench.run(layout.attempt(3), cache=False) == []


def test_a_folder_that_takes_no_files_is_this_nodes_lack(bench):
    bench.cache.mkdir(mode=0o555)
    with bench.command(layout.PLAN, *bound_by_modes(), sys.executable, "-m", "hybridface_worker") as process:
        *_, last = map(json.loads, process.stdout)
    assert process.returncode == ExitCode.LACKS_PLAN
    assert last["reason"] == Reason.MODEL_NOT_FOUND


HANGING = """
import sys, time
from hybridface_worker.cli import main
from hybridface_worker.store.folder import FolderStore
read = FolderStore.read
def hang(self, key, *, start=0, **more):
    if start:
        print("half", flush=True)
        time.sleep(60)
    return read(self, key, start=start, **more)
FolderStore.read = hang
sys.exit(main())
"""


def test_a_download_that_is_stopped_is_never_seen(bench):
    with bench.command(layout.PLAN, sys.executable, "-c", HANGING) as process:
        assert "half\n" in process.stdout
        assert len(list(bench.cache.iterdir())) == 2
        assert not (bench.cache / sha256(SWAPPER)).exists()
        process.send_signal(signal.SIGTERM)
    assert process.returncode == ExitCode.TERMINATED
    assert bench.cached() == {sha256(DETECTOR): DETECTOR}
