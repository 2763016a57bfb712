"""The worker's configuration: read once from the environment, passed down as one frozen object."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast, get_args

from pydantic import TypeAdapter, ValidationError

from hybridface_worker.contract.errors import TaskError
from hybridface_worker.contract.fields import Segment
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Limits
from hybridface_worker.store.settings import StoreSettings, whole_number

DeviceChoice = Literal["auto", "cpu", "cuda", "tensorrt"]
"""`auto`: CUDA if available, else the CPU."""


@dataclass(frozen=True)
class WorkerSettings:
    """Settings of a worker process. None of them changes a byte of the result."""

    store: StoreSettings
    name: str
    """Names this process in try markers and manifests: the pod's name."""
    scratch: Path
    """Where encoded chunks and merged files are written before they are uploaded."""
    threads: int
    """Processor threads that a stage may use."""
    batch: int
    """Crops that are swapped in one call, at most."""
    stall_seconds: float
    """The process ends itself after so long without progress."""
    device: DeviceChoice = "auto"
    """What runs models."""
    model_memory_bytes: int | None = None
    """Memory limit of models: on the CPU of all together, on a GPU of each."""
    cuda_graphs: bool = False
    """Whether inferences are recorded as CUDA graphs."""
    engines: str | None = None
    """URI of the folder that shares engines; it ends in `/`."""
    model_cache: Path | None = None
    """Folder of model files, named by their digests; None if there are none."""
    limits: Limits = field(default_factory=Limits)
    """For `faces` alone; those of a job are in its documents."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> WorkerSettings:
        """Reads `HYBRIDFACE_*`; what is empty is not set. Raises TaskError where a value is not what it should be."""
        return cls(
            store=StoreSettings.from_env(env),
            name=_name(env),
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


def _name(env: Mapping[str, str]) -> str:
    """It becomes a segment of keys."""
    text = env.get("HYBRIDFACE_WORKER_NAME") or socket.gethostname()
    try:
        return TypeAdapter(Segment).validate_python(text)
    except ValidationError:
        raise TaskError(
            Reason.BAD_TASK,
            f"HYBRIDFACE_WORKER_NAME={text!r}: give at most 253 letters, digits, `.`, `_` and `-`, not beginning with "
            "`.` or `-`; without it the host's name is taken",
        ) from None


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
    if text not in get_args(DeviceChoice):
        raise TaskError(Reason.BAD_TASK, f"HYBRIDFACE_DEVICE={text!r}: give one of {', '.join(get_args(DeviceChoice))}")
    return cast("DeviceChoice", text)


def _folder(env: Mapping[str, str], name: str) -> str | None:
    text = env.get(name)
    return f"{text.rstrip('/')}/" if text else None
