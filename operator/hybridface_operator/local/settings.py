"""Settings of runs on this machine. None of them changes a byte of a result."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from hybridface_operator.limits import limits_of
from hybridface_worker.contract.spec import Limits


def worker_command() -> tuple[str, ...]:
    """What starts a worker of this process.

    It ends when its parent does, however that happens and however early: none is left behind, and none of them counts
    as a try.
    """
    return sys.executable, "-m", "hybridface_worker", "--die-with-parent", str(os.getpid())


def default_workers() -> int:
    """Worker processes at a time: a worker keeps several cores busy, so one for every eight."""
    return max(1, len(os.sched_getaffinity(0)) // 8)


@dataclass(frozen=True)
class LocalSettings:
    """What the command line and the environment say."""

    store: Path
    """The folder that holds all that is known of jobs and their work."""
    workers: int
    """Worker processes at a time."""
    command: tuple[str, ...] = field(default_factory=worker_command)
    """What starts a worker; phase, task and shard are appended."""
    grace_seconds: float = 60
    """How long a worker that was told to stop may take to commit the chunks in hand."""
    limits: Limits = field(default_factory=lambda: limits_of(os.environ))
    """What inputs may be at most: they are part of who a job is."""

    @property
    def shards(self) -> int:
        """Shards that a phase is dealt into: twice the workers, so that they end together; one for one worker."""
        return 2 * self.workers if self.workers > 1 else 1

    @property
    def model_cache(self) -> Path:
        """The folder of models that are files."""
        return Path(os.environ.get("HYBRIDFACE_MODEL_CACHE") or self.store / "models").absolute()

    def scratch(self, uid: str) -> Path:
        """The folder in which the workers of a job put together what they upload."""
        return Path(os.environ.get("HYBRIDFACE_SCRATCH") or self.store / "scratch").absolute() / uid

    def environment(self) -> dict[str, str]:
        """The environment of the job's processes: this one's, and more where that is silent.

        Each gets an even share of the cores, and all remember in the store what they published as files. Models that
        are files are kept there, too.
        """
        share = max(1, len(os.sched_getaffinity(0)) // self.workers)
        return {
            "HYBRIDFACE_THREADS": str(share),
            "HYBRIDFACE_FILE_METADATA": str(self.store / "metadata"),
            **os.environ,
            "HYBRIDFACE_MODEL_CACHE": str(self.model_cache),
        }
