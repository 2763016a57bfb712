"""The files of models for a phase, from the cache."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import structlog

from hybridface_worker.contract.errors import TaskError
from hybridface_worker.contract.events import Event
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import ModelRef
from hybridface_worker.settings import WorkerSettings
from hybridface_worker.store.model_cache import ModelCache
from hybridface_worker.store.stores import Stores


class ModelFiles:
    """The files of models, with verified digests. Logs each model once, with its licence.

    `alive` is called while they are read.
    """

    def __init__(self, settings: WorkerSettings, stores: Stores, alive: Callable[[], None]) -> None:
        self._cache = ModelCache(settings.model_cache, stores, alive)
        self._told: set[str] = set()

    def path(self, model: ModelRef) -> Path | None:
        """The model's file; None for a built-in one.

        Raises:
            TaskError: there is no file at the model's URI, or one with another digest; or no cache is configured.
            LacksPlanError: the file is missing, and the cache is not writable.
            StoreError: storage is unavailable, refuses, or is full.
        """
        if model.uri is None:
            self._tell(model)
            return None
        return self.required(model)

    def required(self, model: ModelRef) -> Path:
        """The same for a model that has to be a file."""
        cached = self._cache.provide(model)
        if cached is None:
            raise TaskError(
                Reason.MODEL_NOT_FOUND, f"{model.kind} {model.name} is a file: it needs an address and a digest"
            )
        self._tell(model)
        return cached.path

    def _tell(self, model: ModelRef) -> None:
        if model.name in self._told:
            return
        self._told.add(model.name)
        structlog.get_logger().info(
            Event.MODEL_USED,
            model=model.name,
            kind=model.kind,
            format=model.format,
            licence=model.licence,
            sha256=model.sha256,
        )
