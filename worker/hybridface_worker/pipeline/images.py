"""The image pipeline: every image of a span for every source, packed into one tar a chunk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.inputs import TargetItem
from hybridface_worker.contract.manifest import RefusedPosition
from hybridface_worker.contract.media import ImageInfo
from hybridface_worker.contract.plan import ChunkRef, Plan, Unit
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.spec import FaceSelection, ImageFormat
from hybridface_worker.faces.select import select
from hybridface_worker.images.pack import Packer
from hybridface_worker.images.still import Still, read_still, write_still
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View
from hybridface_worker.pipeline.commit import ChunkResult
from hybridface_worker.pipeline.counts import run_lengths
from hybridface_worker.pipeline.painter import Placed
from hybridface_worker.pipeline.schedule import Span
from hybridface_worker.pipeline.span_work import SpanWork, begin
from hybridface_worker.pipeline.tools import Tools

Read = Callable[[TargetItem], bytes]


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
    paths = {output.item: output.path for output in plan.outputs if output.target == unit.target}
    format = unit.image.format if unit.image else None
    for span in spans:
        if tools.stopping.is_set():
            return
        work = begin(tools.ledger, span)
        if work is None:
            continue
        being_made = _SpanOfImages(plan.faces, format, paths, work, tools)
        for position in range(span.start, span.end):
            being_made.add(position, items[position], infos[position], read)
        for result in being_made.results():
            tools.ledger.commit(result)
            if result.path is not None:
                result.path.unlink()


class _SpanOfImages:
    """The chunks of one span while they are put together."""

    def __init__(
        self,
        selection: FaceSelection,
        format: ImageFormat | None,
        paths: Mapping[int, str],
        work: SpanWork,
        tools: Tools,
    ) -> None:
        """`paths`: names in the pack, by item."""
        self._selection = selection
        self._format = format
        self._paths = paths
        self._work = work
        self._tools = tools
        self._packs = {chunk.source: Packer(self._file(chunk)) for chunk in work.span.chunks}
        self._faces: list[int] = []
        self._refused: list[RefusedPosition] = []

    def add(self, position: int, item: TargetItem, info: ImageInfo, read: Read) -> None:
        """One image for every source; one that cannot be worked is left out and recorded."""
        count = 0
        try:
            count = self._add(item, info, read)
        except InputRefused as refused:
            self._refused.append(RefusedPosition(position=position, finding=Finding.of(refused)))
        self._faces.append(count)
        self._tools.progress(len(self._packs))

    def results(self) -> list[ChunkResult]:
        """Every chunk, complete."""
        return [self._result(chunk) for chunk in self._work.span.chunks]

    def _add(self, item: TargetItem, info: ImageInfo, read: Read) -> int:
        """The number of faces that were swapped."""
        with self._work.timing("decode"):
            still = read_still(read(item), info)
        placed = self._placed(Picture.of_image(still.pixels), View.of_image(info))
        encoded = {source: self._swapped(source, still, placed) for source in self._packs}
        for source, data in encoded.items():
            self._packs[source].add(self._paths[item.item], data)
        return len(placed)

    def _placed(self, picture: Picture, view: View) -> list[Placed]:
        tools, work = self._tools, self._work
        with work.timing("detect"):
            thumbnail, scale = view.thumbnail_of(picture)
            faces = [face.scaled(1 / scale) for face in tools.detector.detect([thumbnail])[0]]
        if tools.people is not None:
            with work.timing("recognise"):
                faces = tools.people.told(picture, view, faces)
        with work.timing("align"):
            return tools.painter.uncovered(tools.painter.place(picture, view, select(faces, self._selection)))

    def _swapped(self, source: str, still: Still, placed: list[Placed]) -> bytes:
        work, painter = self._work, self._tools.painter
        if placed:
            with work.timing("swap", source):
                after = painter.swap(source, placed, painter.stack(placed))
            with work.timing("restore" if painter.restores else "paste", source):
                patches = painter.finished(placed, after)
            with work.timing("paste", source):
                still = replace(still, pixels=still.pixels.copy())
                painter.paint(Picture.of_image(still.pixels), patches)
        with work.timing("encode", source):
            return write_still(still, self._format)

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
            stages=self._work.stages(chunk.source),
            usage=self._tools.meter.lap(),
            batch=self._tools.batch.size,
        )

    def _file(self, chunk: ChunkRef) -> Path:
        return self._tools.scratch / f"{chunk.source}-{chunk.target}-{chunk.start}.tar"
