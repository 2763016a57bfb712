"""Behind: images are packed in their order, a tar for each chunk, and complete chunks go to be committed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from hybridface_worker.contract.manifest import RefusedPosition
from hybridface_worker.contract.plan import ChunkRef
from hybridface_worker.images.pack import Packer
from hybridface_worker.pipeline.bounded import Bound
from hybridface_worker.pipeline.channel import Channel, InFlight
from hybridface_worker.pipeline.commit import ChunkResult
from hybridface_worker.pipeline.committing import Encoded
from hybridface_worker.pipeline.counts import run_lengths
from hybridface_worker.pipeline.meter import Meter
from hybridface_worker.pipeline.span_work import SpanWork

from .messages import Painted, SpanEnd


@dataclass
class _Open:
    """The chunks of a span that is being packed."""

    packs: dict[str, Packer]
    """By source."""
    faces: list[int] = field(default_factory=list)
    refused: list[RefusedPosition] = field(default_factory=list)


class Packing:
    """Packs the images of every source's chunk. Spans come one after another."""

    def __init__(
        self,
        scratch: Path,
        *,
        room: InFlight,
        batch: Bound,
        meter: Meter,
        progress: Callable[[int], None],
        out: Channel[Encoded],
    ) -> None:
        """`room`: an image leaves it when it is packed."""
        self._scratch = scratch
        self._room = room
        self._batch = batch
        self._meter = meter
        self._progress = progress
        self._out = out
        self._open: dict[SpanWork, _Open] = {}

    def run(self, arriving: Iterable[Painted | SpanEnd]) -> None:
        """Handles everything that arrives, then finishes the channel behind."""
        try:
            for message in arriving:
                if isinstance(message, Painted):
                    self._pack(message)
                    self._room.leave(message.original.pixels)
                    self._progress(len(message.work.span.chunks))
                else:
                    self._out.put(Encoded(self._finished(message.work)))
            self._out.finish()
        finally:
            for work, span in self._open.items():
                for chunk in work.span.chunks:
                    span.packs[chunk.source].close()
                    self._file(chunk).unlink()

    def _pack(self, message: Painted) -> None:
        """One that was refused is left out and recorded."""
        span = self._opened(message.work)
        span.faces.append(message.faces)
        if message.finding is not None:
            span.refused.append(RefusedPosition(position=message.position, finding=message.finding))
        for source, data in message.files.items():
            span.packs[source].add(message.original.path, data)

    def _opened(self, work: SpanWork) -> _Open:
        if work not in self._open:
            self._open[work] = _Open({chunk.source: Packer(self._file(chunk)) for chunk in work.span.chunks})
        return self._open[work]

    def _finished(self, work: SpanWork) -> tuple[ChunkResult, ...]:
        span = self._opened(work)
        for pack in span.packs.values():
            pack.close()
        results = tuple(self._result(chunk, span, work) for chunk in work.span.chunks)
        del self._open[work]
        return results

    def _result(self, chunk: ChunkRef, span: _Open, work: SpanWork) -> ChunkResult:
        path = self._file(chunk)
        with path.open("rb") as data:
            digest = hashlib.file_digest(data, "sha256").hexdigest()
        return ChunkResult(
            chunk,
            path=path,
            sha256=digest,
            frames=len(span.faces) - len(span.refused),
            faces=run_lengths(chunk.start, span.faces),
            refused=tuple(span.refused),
            stages=work.stages(chunk.source),
            usage=self._meter.lap(),
            batch=self._batch.size,
        )

    def _file(self, chunk: ChunkRef) -> Path:
        return self._scratch / f"{chunk.source}-{chunk.target}-{chunk.start}.tar"
