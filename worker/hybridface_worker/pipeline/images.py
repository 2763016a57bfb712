"""The image pipeline: every image of a span for every source, packed into one tar a chunk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.inputs import TargetItem
from hybridface_worker.contract.manifest import RefusedPosition, Stages
from hybridface_worker.contract.media import ImageInfo
from hybridface_worker.contract.plan import ChunkRef, Plan, Unit
from hybridface_worker.contract.probe import Finding
from hybridface_worker.faces.select import select
from hybridface_worker.images.pack import Packer
from hybridface_worker.images.still import Still, read_still, write_still
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View
from hybridface_worker.pipeline.commit import ChunkResult
from hybridface_worker.pipeline.counts import run_lengths
from hybridface_worker.pipeline.painter import Painter, Placed
from hybridface_worker.pipeline.schedule import Span
from hybridface_worker.pipeline.tools import Tools, begin

Read = Callable[[TargetItem], bytes]
Result = TypeVar("Result")


def work_images(
    plan: Plan,
    unit: Unit,
    spans: list[Span],
    items: Sequence[TargetItem],
    infos: Sequence[ImageInfo],
    read: Read,
    tools: Tools,
) -> None:
    """Works spans of one target's images: each of their chunks is committed, or skipped."""
    for span in spans:
        if tools.stopping.is_set():
            return
        work = begin(tools.ledger, span)
        if work is None:
            continue
        span_work = _SpanOfImages(plan, unit, work.span, tools)
        for position in range(span.start, span.end):
            span_work.add(position, items[position], infos[position], read)
        for result in span_work.results():
            tools.ledger.commit(result)
            if result.path is not None:
                result.path.unlink()


class _SpanOfImages:
    """The chunks of one span while they are put together."""

    def __init__(self, plan: Plan, unit: Unit, span: Span, tools: Tools) -> None:
        self._plan = plan
        self._format = unit.image.format if unit.image else None
        self._paths = {output.item: output.path for output in plan.outputs if output.target == unit.target}
        self._span = span
        self._tools = tools
        self._detector = tools.detector
        self._packs = {chunk.source: Packer(self._file(chunk)) for chunk in span.chunks}
        self._faces: list[int] = []
        self._refused: list[RefusedPosition] = []
        self._busy: dict[str, float] = {}

    def add(self, position: int, item: TargetItem, info: ImageInfo, read: Read) -> None:
        """One image for every source; one that cannot be worked is left out and recorded."""
        count = 0
        try:
            count = self._work(item, info, read)
        except InputRefused as refused:
            finding = Finding(reason=refused.reason, message=refused.message)
            self._refused.append(RefusedPosition(position=position, finding=finding))
        self._faces.append(count)
        self._tools.progress(len(self._packs))

    def results(self) -> list[ChunkResult]:
        """Every chunk, complete."""
        return [self._result(chunk) for chunk in self._span.chunks]

    def _work(self, item: TargetItem, info: ImageInfo, read: Read) -> int:
        still = self._timed("decode", lambda: read_still(read(item), info))
        view = View.of_image(info)
        picture = Picture.of_image(still.pixels)
        thumbnail, scale = view.thumbnail_of(picture)
        found = self._timed("detect", lambda: self._detector.detect([thumbnail]))[0]
        faces = [face.scaled(1 / scale) for face in found]
        people, painter = self._tools.people, self._tools.painter
        if people is not None:
            faces = self._timed("recognise", lambda: people.told(picture, view, faces))
        selected = select(faces, self._plan.faces)
        placed = self._timed("align", lambda: painter.uncovered(painter.place(picture, view, selected)))
        encoded = {source: self._swapped(source, still, placed) for source in self._packs}
        for source, data in encoded.items():
            self._packs[source].add(self._paths[item.item], data)
        return len(placed)

    def _swapped(self, source: str, still: Still, placed: list[Placed]) -> bytes:
        if placed:
            painter: Painter = self._tools.painter
            crops = painter.stack(placed)
            after = self._timed("swap", lambda: painter.swap(source, placed, crops))
            stage = "restore" if painter.restores else "paste"
            patches = self._timed(stage, lambda: painter.finished(placed, after))
            still = replace(still, pixels=still.pixels.copy())
            self._timed("paste", lambda: painter.paint(Picture.of_image(still.pixels), patches))
        return self._timed("encode", lambda: write_still(still, self._format))

    def _result(self, chunk: ChunkRef) -> ChunkResult:
        path = self._file(chunk)
        self._packs[chunk.source].close()
        with path.open("rb") as data:
            digest = hashlib.file_digest(data, "sha256").hexdigest()
        return ChunkResult(
            chunk,
            path=path,
            sha256=digest,
            frames=len(self._faces) - len(self._refused),
            faces=run_lengths(chunk.start, self._faces),
            refused=tuple(self._refused),
            stages=Stages(**{stage: round(ms, 3) for stage, ms in self._busy.items()}),
            usage=self._tools.meter.lap(),
            batch=self._tools.batch.size,
        )

    def _file(self, chunk: ChunkRef) -> Path:
        return self._tools.scratch / f"{chunk.source}-{chunk.target}-{chunk.start}.tar"

    def _timed(self, stage: str, call: Callable[[], Result]) -> Result:
        since = perf_counter()
        try:
            return call()
        finally:
            self._busy[stage] = self._busy.get(stage, 0) + (perf_counter() - since) * 1000
