"""What a crash costs: at most the chunks in flight, and never a byte of the result."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hybridface_worker.contract.manifest import ChunkManifest, WorkerExit
from support import job_process
from support.all_stages import everything
from support.clips import clip
from support.forked_process import ForkedProcess
from support.forked_workers import fork_server
from support.matrix import assert_worked
from support.merging import Probed
from support.runs import SOURCE, manifest, run
from support.staged_worker import ENVIRONMENT, HYBRIDFACE, hybridface_in

IN_FLIGHT = 2
"""Chunks that a worker may have begun and not committed."""
CHUNKS = 5
CLIP_FRAMES, SHORT_FRAMES = CHUNKS * 64, CHUNKS * 13
KILLS = 50
SEEDS = [(0, 2), (1, 2), (2, 1), (3, 1), (4, 1)]
"""Of random moments, and how many workers there are. Of the last, workers are started as people's are."""
LOOK_SECONDS = 0.01
EVENTS = 12
"""A kill comes after fewer; a whole run has three times as many."""


class Job:
    """`hybridface run` as a process of its own, in a folder of its own."""

    def __init__(self, root: Path, targets: dict[str, Path], workers: int, **spec: Any) -> None:
        root.mkdir(parents=True)
        self.root = root
        self.workers = workers
        self.store = root / "store"
        self.manifest = root / "job.json"
        self.manifest.write_text(json.dumps(manifest(targets, root / "out", **(spec or {"swapper": "marker"}))))

    def start(self, staged: str = "") -> subprocess.Popen[bytes]:
        """Starts it as people do; `staged`: see staged_worker.py."""
        program = "import sys; from hybridface_operator.cli import main; sys.exit(main())"
        with self._log.open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-c", *((HYBRIDFACE, staged) if staged else (program,)), *self._arguments],
                cwd=self.root,
                env=os.environ | ENVIRONMENT,
                stdout=log,
                stderr=subprocess.DEVNULL,
            )

    def fork(self, staged: str) -> ForkedProcess:
        """Starts the same without waiting for imports."""
        self._log.unlink(missing_ok=True)
        return ForkedProcess(hybridface_in, self.root, staged, self._arguments, environment=os.environ, log=self._log)

    def said(self) -> list[str]:
        """What it has said since it was started, an event a line."""
        return self._log.read_text().splitlines() if self._log.exists() else []

    @property
    def _log(self) -> Path:
        return self.root / "log"

    @property
    def _arguments(self) -> list[str]:
        return ["run", "job.json", "--store", str(self.store), "--workers", str(self.workers)]

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


def children(pid: int) -> list[int]:
    """Processes whose parent it is, by Linux's own account."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_until_gone(pids: list[int]) -> None:
    """A worker looks for its parent once it is loaded, however long that takes; the test's limit ends the waiting."""
    while any(_runs(pid) for pid in pids):
        time.sleep(LOOK_SECONDS)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # the latter where it goes between opening and reading
        return False


class AllStages(Job):
    """The same with every stage on, in chunks of a size that `hybridface run` would not take."""

    def __init__(self, root: Path, workers: int, catalogue: Path) -> None:
        super().__init__(root, {"clip": clip("cfr", SHORT_FRAMES)}, workers, **everything())
        self._catalogue = catalogue

    def start(self, staged: str = "") -> subprocess.Popen[bytes]:
        with self._log.open("wb") as log:
            return job_process.start(*self._given, staged, output=log)

    def fork(self, staged: str) -> ForkedProcess:
        self._log.unlink(missing_ok=True)
        return ForkedProcess(job_process.main, *self._given, staged, environment=os.environ, log=self._log)

    @property
    def _given(self) -> tuple[str, ...]:
        given = (self.manifest, self.store, self._catalogue, self.workers, SHORT_FRAMES // CHUNKS)
        return tuple(map(str, given))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> list[str]:
    """The samples of the clip's result when nothing happens."""
    root = tmp_path_factory.mktemp("undisturbed")
    result = run(manifest({"clip": clip("cfr", CLIP_FRAMES)}, root / "out", swapper="marker"), root / "store")
    return Probed.of(result.outputs()["clip"].path).samples()


@pytest.fixture(scope="module")
def undisturbed_with_all_stages(catalogue, tmp_path_factory) -> list[str]:
    """The same with every stage on, in one chunk."""
    root = tmp_path_factory.mktemp("undisturbed")
    document = manifest({"clip": clip("cfr", SHORT_FRAMES)}, root / "out", **everything())
    output = run(document, root / "store", chunk_frames=SHORT_FRAMES, catalogue=catalogue).outputs()["clip"]
    assert_worked("clip", output)
    return Probed.of(output.path).samples()


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("seed", "workers"), SEEDS)
def test_killing_everything_at_random_moments_costs_the_chunks_in_flight_and_nothing_else(
    seed, workers, tmp_path, undisturbed
):
    def job(number: int) -> Job:
        return Job(tmp_path / str(number), {"clip": clip("cfr", CLIP_FRAMES)}, workers)

    assert_kills_cost_what_is_in_flight(job, seed, KILLS // len(SEEDS), undisturbed)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kills", [2, pytest.param(KILLS // len(SEEDS), marks=pytest.mark.deep)])
@pytest.mark.parametrize(("seed", "workers"), SEEDS)
def test_and_so_it_is_with_every_stage_on(seed, workers, kills, tmp_path, catalogue_file, undisturbed_with_all_stages):
    def job(number: int) -> Job:
        return AllStages(tmp_path / str(number), workers, catalogue_file)

    assert_kills_cost_what_is_in_flight(job, seed, kills, undisturbed_with_all_stages)


def assert_kills_cost_what_is_in_flight(
    make: Callable[[int], Job], seed: int, wanted: int, undisturbed: list[str]
) -> None:
    """Jobs one after the other, killed so often in all, at moments that the seed draws."""
    moments = random.Random(seed)
    kills, number = 0, 0
    while kills < wanted:
        number += 1
        job = make(number)
        redone = 0
        while True:
            process = job.start() if seed == SEEDS[-1][0] else job.fork(f"forked-by={fork_server()}")
            after, seconds = moments.randrange(EVENTS), moments.uniform(0, 0.3)
            killed = kills < wanted and _kill_at(job, process, after, seconds)
            if not killed:
                assert process.wait() == 0
                break
            kills += 1
            lost = job.begun() - job.committed()
            assert len(lost) <= IN_FLIGHT * job.workers
            redone += len(lost)
        assert len(job.committed()) == CHUNKS
        tries = len(job.keys("tries"))
        assert tries <= CHUNKS + redone, "a committed chunk was begun again"
        assert not any(end.counts for end in job.exits()), "a kill of everything counted as a try"
        assert Probed.of(job.output("clip")).samples() == undisturbed


def _kill_at(job: Job, process: subprocess.Popen[bytes] | ForkedProcess, after: int, seconds: float) -> bool:
    """Kills the coordinator, and by it every worker, so long after that many events. False where the job ended before.

    Moments are counted in events, so that a slow machine is killed at work as a fast one is.
    """
    while len(job.said()) < after and process.poll() is None:
        time.sleep(LOOK_SECONDS)
    try:
        assert process.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGSTOP)  # so that it starts none between the two
        workers = children(process.pid)
        process.kill()
        process.wait()
        wait_until_gone(workers)
        return True
    return False


def test_three_lonely_deaths_on_a_chunk_fail_that_chunk_and_nothing_else(tmp_path):
    targets = {"poisoned": clip("cfr", CLIP_FRAMES), "healthy": clip("bframes")}
    job = Job(tmp_path / "job", targets, 1)
    poison = "actor/poisoned/v000000/00000128-00000192"
    assert job.start(staged=f"dies-of={poison}").wait() == 1
    said = [json.loads(line) for line in job.said()]
    begun = [event["chunk"] for event in said if event["event"] == "chunk.started"]
    assert begun.count(poison) == 3
    assert [end.status for end in job.exits() if end.counts] == [-signal.SIGKILL] * 3
    manifests = [ChunkManifest.from_bytes(path.read_bytes(), path.name) for path in job.keys("done")]
    failed = [each for each in manifests if each.outcome == "failed"]
    assert [(each.chunk.target, each.chunk.start) for each in failed] == [("poisoned", 128)]
    assert len(manifests) == 5 + 4
    assert job.output("healthy").exists()
    assert not job.output("poisoned").exists()
