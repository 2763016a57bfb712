"""The stage before the last: frames become encoded chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from hybridface_worker.contract.plan import ChunkRef
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.media.encode import ChunkEncoder
from hybridface_worker.pipeline.bounded import Bound
from hybridface_worker.pipeline.channel import Channel
from hybridface_worker.pipeline.commit import ChunkResult
from hybridface_worker.pipeline.committing import Encoded
from hybridface_worker.pipeline.counts import run_lengths
from hybridface_worker.pipeline.meter import Meter
from hybridface_worker.pipeline.span_work import SpanWork

from .messages import LookAhead, SpanEnd, Swapped

NewEncoder = Callable[[Path], ChunkEncoder]
Shown = Callable[[int, int], Fraction]
"""Seconds for which the frames `[start, end)` are shown."""


@dataclass
class _Open:
    """A chunk that is being encoded."""

    path: Path
    encoder: ChunkEncoder
    faces: list[int] = field(default_factory=list)
    concealed: list[int] = field(default_factory=list)


class Encoding:
    """Encodes the frames of every source's chunk."""

    def __init__(
        self,
        new_encoder: NewEncoder,
        scratch: Path,
        shown: Shown,
        *,
        keep_concealed: bool,
        batch: Bound,
        meter: Meter,
        progress: Callable[[int], None],
        out: Channel[Encoded],
    ) -> None:
        """With `keep_concealed` a chunk may hold frames that did not decode; otherwise it fails."""
        self._new_encoder = new_encoder
        self._scratch = scratch
        self._shown = shown
        self._keep_concealed = keep_concealed
        self._batch = batch
        self._meter = meter
        self._progress = progress
        self._out = out
        self._open: dict[tuple[SpanWork, str], _Open] = {}

    def run(self, arriving: Iterable[Swapped | LookAhead | SpanEnd]) -> None:
        """Handles all messages, then closes the output."""
        try:
            for message in arriving:
                if isinstance(message, Swapped):
                    self._encode(message)
                elif isinstance(message, LookAhead):
                    self._look_ahead(message)
                else:
                    self._out.put(Encoded(tuple(self._finish(message.work, c) for c in message.work.span.chunks)))
            self._out.finish()
        finally:
            for chunk in self._open.values():
                chunk.encoder.close()
                chunk.path.unlink(missing_ok=True)

    def _encode(self, message: Swapped) -> None:
        key = message.work, message.source
        with message.work.timing("encode", message.source):
            if key not in self._open:
                span = message.work.span
                path = self._scratch / f"{message.source}-{span.target}-{span.unit}-{span.start}.mkv"
                self._open[key] = _Open(path, self._new_encoder(path))
            chunk = self._open[key]
            chunk.faces.append(message.faces)
            if message.concealed:
                chunk.concealed.append(message.number)
            chunk.encoder.encode(message.number, message.pixels)
        self._progress(1)

    def _look_ahead(self, message: LookAhead) -> None:
        for ref in message.work.span.chunks:
            with message.work.timing("encode", ref.source):
                self._open[message.work, ref.source].encoder.look_ahead(message.pixels)

    def _finish(self, work: SpanWork, ref: ChunkRef) -> ChunkResult:
        chunk = self._open.pop((work, ref.source))
        if chunk.concealed and not self._keep_concealed:
            chunk.encoder.close()
            chunk.path.unlink()
            return ChunkResult(
                ref,
                concealed=tuple(chunk.concealed),
                stages=work.stages(ref.source),
                usage=self._meter.lap(),
                finding=_undecodable(chunk.concealed),
            )
        with work.timing("encode", ref.source):
            encoded = chunk.encoder.finish()
        return ChunkResult(
            ref,
            path=encoded.path,
            sha256=encoded.sha256,
            frames=encoded.frames,
            seconds=self._shown(ref.start, ref.end),
            faces=run_lengths(ref.start, chunk.faces),
            concealed=tuple(chunk.concealed),
            extradata_sha256=encoded.extradata_sha256,
            stages=work.stages(ref.source),
            usage=self._meter.lap(),
            batch=self._batch.size,
        )


def _undecodable(frames: list[int]) -> Finding:
    listed = ", ".join(map(str, frames[:20])) + (f" and {len(frames) - 20} more" if len(frames) > 20 else "")
    words = f"frame {listed} does" if len(frames) == 1 else f"frames {listed} do"
    return Finding(
        reason=Reason.DECODE_ERROR,
        message=f"{words} not decode; repair the file, or set onDecodeError: keepOriginal to publish them unswapped",
    )
