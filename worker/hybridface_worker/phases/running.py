"""How this process runs models: the device, its memory, and the meter."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from hybridface_worker.inference.busy import Busy
from hybridface_worker.inference.device import Device, choose, device
from hybridface_worker.inference.options import SessionOptions
from hybridface_worker.inference.runtime import available_providers
from hybridface_worker.pipeline.meter import Meter
from hybridface_worker.settings import WorkerSettings
from hybridface_worker.store.stores import Stores

from .engines import StoredEngines

ENGINES = "engines"
"""The folder of engines, beside the files of models."""


@dataclass(frozen=True)
class Running:
    """The one device of all models of a process."""

    device: Device
    options: SessionOptions
    """For models that are called by one thread at a time."""
    meter: Meter

    @classmethod
    def of(cls, settings: WorkerSettings, stores: Stores, scratch: Path, pictures: int) -> Running:
        """What the settings ask for, with so many frames and images to come.

        Raises:
            LacksPlanError: the device is not available.
        """
        name = choose(settings.device, available_providers())
        chosen = device(name, threads=settings.threads, batch=settings.batch, pictures=pictures)
        busy = Busy()
        engines = None
        if settings.engines is not None:
            store, prefix = stores.resolve(settings.engines)
            engines = StoredEngines(engine_folder(settings.model_cache, scratch), store, prefix)
        options = SessionOptions(
            threads=settings.threads,
            device=name,
            batch=settings.batch,
            memory_bytes=settings.model_memory_bytes,
            cuda_graphs=settings.cuda_graphs and name == "cuda",
            engines=engines,
            busy=busy,
        )
        return cls(chosen, options, Meter(name, busy, is_gpu=chosen.is_gpu))

    def with_threads(self, threads: int) -> SessionOptions:
        """The same with another number of processor threads for one inference."""
        return replace(self.options, threads=threads)


def engine_folder(model_cache: Path | None, scratch: Path) -> Path:
    """Beside the models, where that is writable: in a pod it may be mounted read-only."""
    if model_cache is not None and os.access(model_cache, os.W_OK):
        return model_cache / ENGINES
    return scratch / ENGINES
