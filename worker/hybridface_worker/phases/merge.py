"""The Merge phase, which alone writes outputs: merges chunks, verifies, publishes, and reports."""

from __future__ import annotations

from bisect import bisect_right
from contextlib import closing
from itertools import pairwise

import structlog

from hybridface_worker.contract import layout
from hybridface_worker.contract.errors import InputRefused, TaskError
from hybridface_worker.contract.events import Event
from hybridface_worker.contract.inputs import Inputs
from hybridface_worker.contract.manifest import ChunkManifest, OutputReport, Stages
from hybridface_worker.contract.media import ImageInfo, VideoInfo
from hybridface_worker.contract.plan import IMAGES, ChunkRef, Plan, PlannedOutput
from hybridface_worker.contract.probe import Finding, ProbeResult
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.task import MergeTask
from hybridface_worker.pipeline.meter import total_usage

from .context import PhaseContext
from .merging import Material, Merged, source_notes
from .merging_image import ImageMerger
from .merging_video import merge_one_video
from .publish import Publisher

_TOLD = 5
"""Failed chunks that are named with their reasons; each has a manifest."""


class MergePhase:
    """Merges one shard's outputs."""

    def __init__(self, context: PhaseContext) -> None:
        work = context.attempt.work
        if not isinstance(work, MergeTask):
            raise TaskError(Reason.BAD_TASK, f"this is a task of {work.phase}, not of merge")
        self._context = context
        self._area = context.area
        self._shard = work.shards[context.shard]
        self._plan = self._area.read(Plan, layout.PLAN)
        inputs = self._area.read(Inputs, layout.INPUTS)
        self._inputs = {(item.target, item.item): item for item in inputs.targets}
        results = [self._area.read(ProbeResult, layout.probe_result(shard)) for shard in self._plan.probes]
        self._probed = {(item.target, item.item): item for result in results for item in result.items}
        sources = [source for result in results for source in result.sources]
        self._source_notes = {name: source_notes(name, self._plan, inputs, sources) for name in self._plan.sources}
        self._publisher = Publisher(context.stores, self._plan, context.open_scratch)
        self._units = self._plan.units_by_name()
        self._positions = {
            (unit.target, item): position
            for unit in self._plan.units
            if unit.unit == IMAGES
            for position, item in enumerate(unit.items)
        }
        self._manifest: ChunkManifest | None = None
        """The last one, cached: images of one chunk are consecutive."""
        self._images = ImageMerger(context)
        self._log = structlog.get_logger()

    def run(self) -> None:
        """Publishes every output of the shard that can be, and reports on each."""
        outputs = list(self._plan.published())[slice(*self._shard.outputs)]
        with closing(self._images):
            for source, output in outputs:
                if self._context.stopping.is_set():
                    break
                if not self._done(source, output):
                    self._merge(source, output)
        self._context.progress.flush()

    def _done(self, source: str, output: PlannedOutput) -> bool:
        key = layout.output_report(source, output.target, output.item)
        return self._area.exists(key) and self._area.read(OutputReport, key).outcome == "published"

    def _merge(self, source: str, output: PlannedOutput) -> None:
        uri = self._publisher.uri(source, output)
        try:
            report = self._published(source, output, uri)
            self._log.info(Event.OUTPUT_PUBLISHED, uri=uri, published=report.published)
        except InputRefused as refused:
            report = OutputReport(**self._head(source, output, uri), outcome="failed", finding=Finding.of(refused))
            self._log.error(Event.OUTPUT_FAILED, uri=uri, reason=refused.reason, message=refused.message)
        self._publisher.try_beside(self._publisher.report_uri(source, output), report.to_bytes())
        self._area.put(layout.output_report(source, output.target, output.item), report)

    def _published(self, source: str, output: PlannedOutput, uri: str) -> OutputReport:
        material = self._material(source, output)
        with self._merged(material) as merged:
            published = self._publisher.publish(uri, merged.path)
            sheet = self._publisher.sheet_uri(source, output) if merged.sheet else None
            if sheet and merged.sheet:
                self._publisher.try_beside(sheet, merged.sheet)
        return OutputReport(
            **self._head(source, output, uri),
            outcome="published",
            published="sourceBytes" if merged.source_bytes else "merged",
            notes=(*self._source_notes[source], *self._probed[output.target, output.item].notes, *merged.notes),
            sha256=published.sha256,
            size=published.size,
            frames=merged.frames,
            frames_with_faces=merged.frames_with_faces,
            faces=merged.faces,
            concealed=merged.concealed,
            chunks=len(material.manifests),
            stages=total(material.manifests),
            usage=total_usage(manifest.usage for manifest in material.manifests),
            sheet=sheet,
        )

    def _material(self, source: str, output: PlannedOutput) -> Material:
        unit = self._units[output.target, output.unit]
        position = self._positions.get((output.target, output.item), 0)
        ranges = pairwise(unit.boundaries)
        if unit.unit == IMAGES:
            first = bisect_right(unit.boundaries, position) - 1
            ranges = pairwise(unit.boundaries[first : first + 2])
        manifests = [
            self._read(ChunkRef(source=source, target=unit.target, unit=unit.unit, start=start, end=end))
            for start, end in ranges
        ]
        failed = [manifest for manifest in manifests if manifest.outcome == "failed"]
        if failed:
            raise InputRefused(Reason.CHUNK_FAILED, _told(failed, len(manifests)))
        media = self._probed[output.target, output.item].media
        if media is None:
            raise TaskError(Reason.BAD_TASK, f"{output.path} is planned, but Probe refused it")
        item = self._inputs[output.target, output.item]
        return Material(self._plan, unit, output, item, media, tuple(manifests), position)

    def _read(self, chunk: ChunkRef) -> ChunkManifest:
        if self._manifest is None or self._manifest.chunk != chunk:
            self._manifest = self._area.read(ChunkManifest, layout.chunk_manifest(chunk))
        return self._manifest

    def _merged(self, material: Material) -> Merged:
        match material.media:
            case VideoInfo():
                return merge_one_video(self._context, material, material.media)
            case ImageInfo():
                return self._images.merge(material)

    def _head(self, source: str, output: PlannedOutput, uri: str) -> dict[str, object]:
        return {
            "job": self._plan.job,
            "source": source,
            "target": output.target,
            "item": output.item,
            "uri": uri,
            "models": {model.name: model.licence for model in self._plan.models.used()},
            "consent": self._plan.consent.reference if self._plan.consent else None,
        }


def total(manifests: tuple[ChunkManifest, ...]) -> Stages:
    """Milliseconds by stage over all of them."""
    stages = [manifest.stages for manifest in manifests]
    return Stages(**{name: round(sum(getattr(each, name) for each in stages), 3) for name in Stages.model_fields})


def _told(failed: list[ChunkManifest], chunks: int) -> str:
    """Which chunks failed, and why; the first few of them."""
    why = [f"{layout.chunk_id(each.chunk)}: {each.finding.message}" for each in failed[:_TOLD] if each.finding]
    more = f"; and {len(failed) - _TOLD} more" if len(failed) > _TOLD else ""
    return f"{len(failed)} of {chunks} chunks failed: {'; '.join(why)}{more}"
