"""Runs in a pod's init container: downloads and verifies the models that the attempt will load."""

from __future__ import annotations

from time import perf_counter

import structlog

from hybridface_worker.contract import layout
from hybridface_worker.contract.events import Event
from hybridface_worker.contract.plan import Plan
from hybridface_worker.contract.spec import ModelRef
from hybridface_worker.contract.task import ProbeTask, SwapTask
from hybridface_worker.settings import WorkerSettings
from hybridface_worker.store.job_area import JobArea
from hybridface_worker.store.model_cache import ModelCache
from hybridface_worker.store.stores import Stores
from hybridface_worker.watchdog import Watchdog

from .context import open_task


def preload(settings: WorkerSettings, stores: Stores, uri: str, watchdog: Watchdog) -> None:
    """Downloads models that are not cached yet, and logs each with its duration.

    Args:
        settings: with the cache's folder.
        stores: where documents and models are.
        uri: of `attempts/<n>.json`, or of `plan.json`.
        watchdog: is fed while bytes come.

    Raises:
        WorkerError: as `ModelCache.provide` says.
    """
    cache = ModelCache(settings.model_cache, stores, watchdog.feed)
    for model in _models_of(stores, uri):
        since = perf_counter()
        cached = cache.provide(model)
        if cached is not None:
            structlog.get_logger().info(
                Event.MODEL_CACHED,
                model=model.name,
                sha256=model.sha256,
                bytes=cached.size_bytes,
                bytes_fetched=cached.fetched_bytes,
                seconds=round(perf_counter() - since, 3),
            )


def _models_of(stores: Stores, uri: str) -> tuple[ModelRef, ...]:
    """The models that an attempt loads; for a plan, all of its models, which Swap loads."""
    folder, found, _ = uri.rpartition(f"/{layout.PLAN}")
    if found and uri.endswith(layout.PLAN):
        store, prefix = stores.resolve(folder + "/")
        return JobArea(store, prefix).read(Plan, layout.PLAN).models.used()
    area, attempt = open_task(stores, uri)
    structlog.contextvars.bind_contextvars(
        job=attempt.job.name, uid=attempt.job.uid, phase=attempt.work.phase, attempt=attempt.attempt
    )
    match attempt.work:
        case ProbeTask(detector=detector):
            return (detector,)
        case SwapTask():
            return area.read(Plan, layout.PLAN).models.used()
        case _:
            return ()
