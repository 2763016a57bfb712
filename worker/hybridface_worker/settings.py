"""The worker's configuration: read once from the environment, passed down as one frozen object."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hybridface_worker.contract.errors import TaskError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.store.settings import StoreSettings


@dataclass(frozen=True)
class WorkerSettings:
    """What a worker process is told beside its task. None of it changes a byte of the result."""

    store: StoreSettings
    name: str
    """Names this process in try markers and manifests: the pod's name."""
    scratch: Path
    """Where encoded chunks and merged files are put together before they are uploaded."""
    threads: int
    """Processor threads that a stage may use."""
    batch: int
    """Crops that are swapped in one call, at most."""
    stall_seconds: float
    """Without progress for so long the process ends itself."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> WorkerSettings:
        """Reads `HYBRIDFACE_*`. Raises TaskError where a value is not what it should be."""
        return cls(
            store=StoreSettings.from_env(env),
            name=env.get("HYBRIDFACE_WORKER_NAME") or socket.gethostname(),
            scratch=Path(env.get("HYBRIDFACE_SCRATCH") or tempfile.gettempdir()),
            threads=_positive(env, "HYBRIDFACE_THREADS", len(os.sched_getaffinity(0))),
            batch=_positive(env, "HYBRIDFACE_BATCH", 8),
            stall_seconds=_positive(env, "HYBRIDFACE_STALL_SECONDS", 600),
        )


def _positive(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise TaskError(Reason.BAD_TASK, f"{name}={text!r}: give a whole number above 0")
    return int(text)
