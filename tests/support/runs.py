"""Whole jobs on this machine, with the real workers: what `hybridface run` does, for tests that look at the results."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image

from hybridface_operator.local.run import prepare, run_job
from hybridface_operator.local.settings import LocalSettings
from hybridface_operator.spec.job import FaceSwapJob
from hybridface_worker.contract import layout
from hybridface_worker.contract.catalogue import Catalogue
from hybridface_worker.contract.manifest import ChunkManifest, OutputReport
from hybridface_worker.contract.plan import Plan
from hybridface_worker.store.settings import StoreSettings
from hybridface_worker.store.stores import Stores

from .clips import cache_folder, keep
from .faces import group
from .forked_workers import forked_workers

SOURCE = "actor"
NO_MODELS = Catalogue()


@lru_cache(maxsize=1)
def portrait() -> Path:
    """A public-domain portrait with one face, as a PNG."""
    path = cache_folder() / "portrait.png"
    if not path.exists():
        from skimage.data import astronaut

        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            made = Path(folder) / path.name
            Image.fromarray(astronaut()).save(made)
            keep(made, path)
    return path


def group_still(path: Path) -> Path:
    """Writes a still of several people."""
    Image.fromarray(group()[:, :640]).save(path)
    return path


def manifest(targets: Mapping[str, Path], out: Path, *, swapper: str = "blend", **spec: Any) -> dict[str, Any]:
    """A FaceSwapJob, as it would be applied; `spec` adds to it or replaces."""
    whole = {
        "sources": [{"name": SOURCE, "images": [{"uri": portrait().as_uri()}]}],
        "targets": [{"name": name, "uri": path.as_uri()} for name, path in targets.items()],
        "output": {"uri": f"{out.as_uri()}/", "video": {"quality": "lossless"}},
        "models": {"swapper": swapper},
        "consent": {"reference": "public domain"},
        **spec,
    }
    kind = {"apiVersion": "hybridface.dev/v1alpha1", "kind": "FaceSwapJob", "metadata": {"name": "test"}}
    return {**kind, "spec": whole}


@dataclass(frozen=True)
class Output:
    """One published output with all that is known of it."""

    path: Path
    report: OutputReport
    chunks: tuple[ChunkManifest, ...]


@dataclass(frozen=True)
class Run:
    """A job that has been run."""

    complete: bool
    folder: Path
    """The job's own, in the store."""
    plan: Plan

    def outputs(self) -> dict[str, Output]:
        """By target, of jobs with one source and one item a target."""
        found = {}
        for source, planned in self.plan.published():
            report = self.folder / layout.output_report(source, planned.target, planned.item)
            chunks = [c for c in self.plan.chunks() if (c.source, c.target) == (source, planned.target)]
            found[planned.target] = Output(
                Path(self.plan.output.uri.removeprefix("file://")) / layout.output_path(source, planned.path),
                OutputReport.from_bytes(report.read_bytes(), report.name),
                tuple(self._manifest(layout.chunk_manifest(chunk)) for chunk in chunks),
            )
        return found

    def _manifest(self, key: str) -> ChunkManifest:
        return ChunkManifest.from_bytes((self.folder / key).read_bytes(), key)


def run(
    document: dict[str, Any],
    store: Path,
    *,
    workers: int = 1,
    chunk_frames: int | None = None,
    catalogue: Catalogue = NO_MODELS,
    command: tuple[str, ...] | None = None,
) -> Run:
    """Runs the job to its end. `chunk_frames` may be what the schema does not allow: the planner takes any size.

    `command` starts other workers than those that are forked.
    """
    job = FaceSwapJob.model_validate(document)
    if chunk_frames is not None:
        job = job.model_copy(update={"spec": job.spec.model_copy(update={"chunk_frames": chunk_frames})})
    settings = LocalSettings(store, workers, command or forked_workers())
    stores = Stores(StoreSettings.from_env(settings.environment()))
    local = prepare(job, catalogue, stores, settings.limits)
    result = run_job(job, catalogue, stores, settings)
    folder = store / layout.job_prefix("local", local.ref.uid)
    return Run(result.complete, folder, Plan.from_bytes((folder / layout.PLAN).read_bytes(), layout.PLAN))
