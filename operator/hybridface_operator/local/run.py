"""`hybridface run`: the jobs of a manifest on this machine, one after the other. Here the parts are put together."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from hybridface_operator.catalogue import licence_note, load_catalogue, resolve_models
from hybridface_operator.errors import Interrupted, JobStopped, OperatorError, UsageError
from hybridface_operator.spec.immutable import immutable_spec
from hybridface_operator.spec.job import FaceSwapJob
from hybridface_operator.spec.load import load_manifests
from hybridface_operator.spec.refuse import local_notes, unsupported_models
from hybridface_operator.storage.expand import expand
from hybridface_operator.storage.index import JobResult
from hybridface_worker.contract import layout
from hybridface_worker.contract.catalogue import Catalogue
from hybridface_worker.contract.errors import TaskError, WorkerError
from hybridface_worker.contract.spec import JobRef, Limits, ModelRef
from hybridface_worker.store.folder import FolderStore
from hybridface_worker.store.job_area import JobArea
from hybridface_worker.store.model_cache import ModelCache
from hybridface_worker.store.settings import StoreSettings
from hybridface_worker.store.stores import Stores

from .coordinator import Coordinator, LocalJob, check_consent
from .identity import CLUSTER, changed_inputs, job_uid
from .lock import locked
from .progress import Bars, JsonLines
from .settings import LocalSettings
from .summary import print_summary


def run_manifest(manifest: Path, models: Path | None, settings: LocalSettings) -> int:
    """Runs every job of the manifest and returns the exit status: the worst of theirs.

    What keeps one job from its end is said on standard error, in one line; the others are run all the same.

    Raises:
        OperatorError: the manifest or the catalogue is wrong, so that no job is run; or somebody asked to stop.
    """
    jobs = load_manifests(manifest)
    catalogue = load_catalogue(models)
    stores = Stores(StoreSettings.from_env(settings.environment()))
    return max(_run_one(job, catalogue, stores, settings) for job in jobs)


def _run_one(job: FaceSwapJob, catalogue: Catalogue, stores: Stores, settings: LocalSettings) -> int:
    """Runs one job; its exit status."""
    try:
        result = run_job(job, catalogue, stores, settings)
    except Interrupted:
        raise
    except OperatorError as error:
        complain(f"{job.metadata.name}: {error}")
        return error.exit_status
    except WorkerError as error:
        complain(f"{job.metadata.name}: {error.message}")
        return UsageError.exit_status if isinstance(error, TaskError) else JobStopped.exit_status
    if not result.complete:
        complain(f"{job.metadata.name}: {result.why_incomplete}")
    return 0 if result.complete else 1


def run_job(job: FaceSwapJob, catalogue: Catalogue, stores: Stores, settings: LocalSettings) -> JobResult:
    """Runs one job, and shows how it goes and what came of it. Raises OperatorError, WorkerError."""
    local = prepare(job, catalogue, stores, settings.limits)
    fetch_models(local.models.used(), stores, settings)
    prefix = layout.job_prefix(CLUSTER, local.ref.uid)
    changed = changed_inputs(settings.store, local.ref, local.inputs)
    console = Console()
    with locked(settings.store / prefix):
        with Bars(console) if console.is_terminal else JsonLines(sys.stdout, local.ref) as shown:
            if changed:
                shown.note(
                    "inputs.changed", f"changed since the last run, so the job starts over: {', '.join(changed)}"
                )
            for note in local_notes(job):
                shown.note("spec.left_out", note)
            if licences := licence_note(local.models):
                shown.note("models.licences", licences)
            area = JobArea(FolderStore(settings.store), prefix)
            result = asyncio.run(Coordinator(local, area, stores, settings, shown).run())
            if isinstance(shown, JsonLines):
                shown.finished(result)
        if console.is_terminal:
            print_summary(console, result)
    return result


def prepare(job: FaceSwapJob, catalogue: Catalogue, stores: Stores, limits: Limits) -> LocalJob:
    """Finds the job's models and inputs, and who it is. Raises UsageError."""
    if job.spec.suspend:
        raise UsageError("spec.suspend is true, so nothing is run; set it to false to go on")
    check_consent(job.spec, datetime.now(UTC))
    models = resolve_models(job, catalogue)
    if wanting := unsupported_models(models):
        raise UsageError("\n".join(wanting))
    inputs = expand(job.spec, stores)
    given = "namespace" in job.metadata.model_fields_set
    namespace, name = job.metadata.namespace if given else CLUSTER, job.metadata.name
    uid = job_uid(namespace, name, immutable_spec(job), models, inputs, limits)
    return LocalJob(JobRef(namespace=namespace, name=name, uid=uid), job.spec, models, inputs)


def fetch_models(models: Iterable[ModelRef], stores: Stores, settings: LocalSettings) -> None:
    """Has the files of models in the cache, before any work is begun. Raises WorkerError as the cache does."""
    cache = ModelCache(settings.model_cache, stores, alive=lambda: None)
    for model in models:
        cache.provide(model)


def complain(why: str) -> None:
    """Says on standard error why the command does not end with 0."""
    sys.stderr.writelines(f"hybridface: {line}\n" for line in why.splitlines())
    sys.stderr.flush()
