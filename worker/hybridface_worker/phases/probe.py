"""The Probe phase: detects the faces of sources, and probes every target. Refusals concern single items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

import structlog

from hybridface_worker.contract import layout
from hybridface_worker.contract.errors import InputRefused, TaskError
from hybridface_worker.contract.events import Event
from hybridface_worker.contract.inputs import InputObject, Inputs, SourceImage, TargetItem, is_reference
from hybridface_worker.contract.probe import Finding, ProbedItem, ProbedSource, ProbeResult
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Container, Limits
from hybridface_worker.contract.task import ProbeTask
from hybridface_worker.faces.detector import Detector, load_detector
from hybridface_worker.faces.source import choose_face
from hybridface_worker.inference.session import SessionOptions
from hybridface_worker.media.inspect import inspect_video
from hybridface_worker.media.sniff import HEAD_BYTES, sniff

from .context import PhaseContext
from .pictures import LoadedImage

Row = TypeVar("Row", SourceImage, TargetItem)


class ProbePhase:
    """Probes one shard's sources and targets."""

    def __init__(self, context: PhaseContext) -> None:
        self._context = context
        work = context.attempt.work
        if not isinstance(work, ProbeTask):
            raise TaskError(Reason.BAD_TASK, f"this is a task of {work.phase}, not of probe")
        self._task = work
        self._shard = work.shards[context.shard]
        self._inputs = context.area.read(Inputs, layout.INPUTS)
        self._log = structlog.get_logger()

    def run(self) -> None:
        """Writes the shard's result, unless it exists already, or the worker is stopped before."""
        key = layout.probe_result(self._context.shard)
        if self._context.area.exists(key):
            return
        sources = self._inputs.sources[slice(*self._shard.sources)]
        targets = self._inputs.targets[slice(*self._shard.targets)]
        detector = self._load_detector() if sources else None
        found = tuple(self._source(image, detector) for image in self._until_stopped(sources) if detector)
        items = tuple(self._target(item) for item in self._until_stopped(targets))
        if (len(found), len(items)) == (len(sources), len(targets)):
            self._context.area.put_absent(key, ProbeResult(shard=self._context.shard, sources=found, items=items))

    def _until_stopped(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            if self._context.stopping.is_set():
                return
            yield row

    def _load_detector(self) -> Detector:
        context, model = self._context, self._task.detector
        options = SessionOptions(threads=context.settings.threads)
        return load_detector(model, context.model_files.path(model), options, min_score=self._task.faces.min_score)

    def _source(self, image: SourceImage, detector: Detector) -> ProbedSource:
        try:
            loaded = self._image(image)
            face, notes = choose_face(loaded.faces(detector), image.uri, reference=is_reference(image.source))
        except InputRefused as refused:
            found = ProbedSource(source=image.source, item=image.item, refusal=Finding.of(refused))
        else:
            found = ProbedSource(
                source=image.source,
                item=image.item,
                width=loaded.info.width,
                height=loaded.info.height,
                face=face,
                notes=notes,
            )
        self._log.info(Event.ITEM_PROBED, source=image.source, item=image.item, refused=_reason(found.refusal))
        self._context.progress(1)
        return found

    def _image(self, image: InputObject) -> LoadedImage:
        if image.size > self._task.limits.max_image_bytes:
            raise _too_large(image, self._task.limits, "max_image_bytes")
        return LoadedImage.of(self._context.read(image), self._task.limits)

    def _target(self, item: TargetItem) -> ProbedItem:
        try:
            found = self._media(item)
        except InputRefused as refused:
            found = ProbedItem(target=item.target, item=item.item, refusal=Finding.of(refused))
        self._log.info(Event.ITEM_PROBED, target=item.target, item=item.item, refused=_reason(found.refusal))
        self._context.progress(1)
        return found

    def _media(self, item: TargetItem) -> ProbedItem:
        if item.size > self._task.limits.max_bytes:
            raise _too_large(item, self._task.limits, "max_bytes")
        with self._context.open(item) as file:
            kind = sniff(file.read(HEAD_BYTES))
            file.seek(0)
            if isinstance(kind, Container):
                info, index, notes = inspect_video(file, kind, self._task.limits)
                self._context.area.put_bytes_absent(layout.frame_index(item.target, item.item), index.to_npz())
                return ProbedItem(target=item.target, item=item.item, media=info, notes=notes)
        return ProbedItem(target=item.target, item=item.item, media=self._image(item).info)


def _too_large(item: InputObject, limits: Limits, field: str) -> InputRefused:
    return limits.exceeded(f"{item.uri} has {item.size} bytes", field)


def _reason(finding: Finding | None) -> str | None:
    return finding.reason if finding else None
