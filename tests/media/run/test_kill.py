"""What a crash costs: at most the chunks in flight, and never a byte of the result."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hybridface_worker.contract.manifest import ChunkManifest, WorkerExit
from support.clips import clip
from support.merging import Probed
from support.runs import SOURCE, manifest, run

WORKERS = 2
IN_FLIGHT = 2
"""Chunks that a worker may have begun and not committed."""
CLIP_FRAMES = 5 * 64
KILLS = 50


class Job:
    """`hybridface run` as a process of its own, in a folder of its own."""

    def __init__(self, root: Path, targets: dict[str, Path], workers: int) -> None:
        root.mkdir(parents=True)
        self.root = root
        self.workers = workers
        self.store = root / "store"
        (root / "job.json").write_text(json.dumps(manifest(targets, root / "out", swapper="marker")))

    def start(self) -> subprocess.Popen[str]:
        program = "import sys; from hybridface_operator.cli import main; sys.exit(main())"
        arguments = ["run", "job.json", "--store", str(self.store), "--workers", str(self.workers)]
        return subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def output(self, target: str) -> Path:
        return self.root / "out" / SOURCE / f"{target}.mp4"

    def keys(self, folder: str) -> list[Path]:
        return sorted(self.store.glob(f"local/jobs/*/{folder}/**/*.json"))

    def begun(self) -> set[str]:
        """Chunks that some worker has marked."""
        return {"/".join(path.parts[-5:-1]) for path in self.keys("tries")}

    def committed(self) -> set[str]:
        return {"/".join((*path.parts[-4:-1], path.stem)) for path in self.keys("done")}

    def exits(self) -> list[WorkerExit]:
        return [WorkerExit.from_bytes(path.read_bytes(), path.name) for path in self.keys("exits")]


def events(process: subprocess.Popen[str]) -> Iterator[dict[str, object]]:
    assert process.stdout is not None
    for line in process.stdout:
        yield json.loads(line)


def children(pid: int) -> list[int]:
    """Processes whose parent it is, by Linux's own account."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{pid}/stat").exists() and _runs(pid) for pid in pids):
        assert time.monotonic() < deadline, "workers outlived their parent"
        time.sleep(0.01)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> list[str]:
    """The samples of the clip's result when nothing happens."""
    root = tmp_path_factory.mktemp("undisturbed")
    result = run(manifest({"clip": clip("cfr", CLIP_FRAMES)}, root / "out", swapper="marker"), root / "store")
    return Probed.of(result.outputs()["clip"].path).samples()


@pytest.mark.parametrize("seed", range(5))
def test_killing_everything_at_random_moments_costs_the_chunks_in_flight_and_nothing_else(seed, tmp_path, undisturbed):
    moments = random.Random(seed)
    kills, round_number = 0, 0
    while kills < KILLS // 5:
        round_number += 1
        job = Job(tmp_path / str(round_number), {"clip": clip("cfr", CLIP_FRAMES)}, WORKERS)
        redone = 0
        while True:
            process = job.start()
            killed = kills < KILLS // 5 and _kill_at(process, moments.uniform(0.3, 5.0))
            if not killed:
                process.communicate()
                assert process.returncode == 0
                break
            kills += 1
            lost = job.begun() - job.committed()
            assert len(lost) <= IN_FLIGHT * WORKERS
            redone += len(lost)
        tries = len(job.keys("tries"))
        assert tries <= len(job.committed()) + redone, "a committed chunk was begun again"
        assert not any(end.counts for end in job.exits()), "a kill of everything counted as a try"
        assert Probed.of(job.output("clip")).samples() == undisturbed


def _kill_at(process: subprocess.Popen[str], seconds: float) -> bool:
    """Kills the coordinator, and by it every worker. False where the job ended before."""
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        workers = children(process.pid)
        process.kill()
        process.communicate()
        wait_until_gone(workers)
        return True
    assert process.returncode == 0
    return False


def test_three_lonely_deaths_on_a_chunk_fail_that_chunk_and_nothing_else(tmp_path):
    targets = {"poisoned": clip("cfr", CLIP_FRAMES), "healthy": clip("bframes")}
    job = Job(tmp_path / "job", targets, 1)
    poison, deaths = "actor/poisoned/v000000/00000128-00000192", 0
    with job.start() as process:
        for event in events(process):
            if event["event"] == "chunk.started" and event.get("chunk") == poison:
                (worker,) = children(process.pid)
                os.kill(worker, signal.SIGKILL)
                deaths += 1
    assert process.returncode == 1
    assert deaths == 3
    manifests = [ChunkManifest.from_bytes(path.read_bytes(), path.name) for path in job.keys("done")]
    failed = [each for each in manifests if each.outcome == "failed"]
    assert [(each.chunk.target, each.chunk.start) for each in failed] == [("poisoned", 128)]
    assert len(manifests) == 5 + 4
    assert job.output("healthy").exists()
    assert not job.output("poisoned").exists()
