"""The worker's configuration: read once from the environment, passed down as one frozen object."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast, get_args

from hybridface_worker.contract.errors import TaskError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Limits
from hybridface_worker.store.settings import StoreSettings, whole_number

DeviceChoice = Literal["auto", "cpu", "cuda", "tensorrt"]
"""`auto`: CUDA where there is any, else processors."""


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
    device: DeviceChoice = "auto"
    """What runs models."""
    model_memory_bytes: int | None = None
    """What models may take: on processors all of them together, on a GPU each of them."""
    cuda_graphs: bool = False
    """Whether a GPU is given whole inferences that were recorded."""
    engines: str | None = None
    """URI of the folder that keeps what is made of models for a device; it ends in `/`."""
    model_cache: Path | None = None
    """Where models that are files lie under their digests; None where none are used."""
    limits: Limits = field(default_factory=Limits)
    """Of an image whose faces are asked for; what a job's inputs may be, its documents say."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> WorkerSettings:
        """Reads `HYBRIDFACE_*`; what is empty is not set. Raises TaskError where a value is not what it should be."""
        return cls(
            store=StoreSettings.from_env(env),
            name=env.get("HYBRIDFACE_WORKER_NAME") or socket.gethostname(),
            scratch=Path(env.get("HYBRIDFACE_SCRATCH") or tempfile.gettempdir()),
            threads=whole_number(env, "HYBRIDFACE_THREADS", len(os.sched_getaffinity(0))),
            batch=whole_number(env, "HYBRIDFACE_BATCH", 8),
            stall_seconds=whole_number(env, "HYBRIDFACE_STALL_SECONDS", 600),
            device=_device(env),
            model_memory_bytes=whole_number(env, "HYBRIDFACE_MODEL_MEMORY_MIB", 0) * 2**20 or None,
            cuda_graphs=_switch(env, "HYBRIDFACE_CUDA_GRAPHS"),
            engines=_folder(env, "HYBRIDFACE_ENGINES"),
            model_cache=Path(cache) if (cache := env.get("HYBRIDFACE_MODEL_CACHE")) else None,
            limits=_limits(env),
        )


def _switch(env: Mapping[str, str], name: str) -> bool:
    text = env.get(name) or "0"
    if text not in ("0", "1"):
        raise TaskError(Reason.BAD_TASK, f"{name}={text!r}: give 1, or 0 for off")
    return text == "1"


def _limits(env: Mapping[str, str]) -> Limits:
    try:
        return Limits.from_env(env)
    except ValueError as error:
        raise TaskError(Reason.BAD_TASK, str(error)) from None


def _device(env: Mapping[str, str]) -> DeviceChoice:
    text = env.get("HYBRIDFACE_DEVICE") or "auto"
    for choice in get_args(DeviceChoice):
        if text == choice:
            return cast("DeviceChoice", choice)
    raise TaskError(Reason.BAD_TASK, f"HYBRIDFACE_DEVICE={text!r}: give one of {', '.join(get_args(DeviceChoice))}")


def _folder(env: Mapping[str, str], name: str) -> str | None:
    text = env.get(name)
    return f"{text.rstrip('/')}/" if text else None
