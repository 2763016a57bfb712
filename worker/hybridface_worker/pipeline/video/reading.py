"""The first stage: begins spans, decodes them with context on both sides, and makes the detector's thumbnails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter

import av
import numpy as np
import numpy.typing as npt

from hybridface_worker.faces.cuts import Glance, is_cut
from hybridface_worker.media.decode import VideoReader
from hybridface_worker.pipeline.channel import Channel, InFlight
from hybridface_worker.pipeline.schedule import Span
from hybridface_worker.pipeline.span_work import SpanWork

from .messages import Frame, RunEnd

Thumbnail = Callable[[av.VideoFrame], tuple[npt.NDArray[np.uint8], float]]


@dataclass(frozen=True)
class Context:
    """How many frames beyond a span are decoded."""

    detected: int
    """On each side, with their faces: the smoothing window reaches so far."""
    ahead: int
    """Behind it, for the encoder's rate control."""


class Reading:
    """Reads the spans of one unit, in order."""

    def __init__(
        self,
        reader: VideoReader,
        length: int,
        context: Context,
        *,
        begin: Callable[[Span], SpanWork | None],
        in_flight: InFlight,
        thumbnail: Thumbnail,
        stopping: threading.Event,
        out: Channel[Frame | RunEnd],
    ) -> None:
        """`begin` marks a span's chunks and returns what is left to do of it, None for nothing.

        Once `stopping` is set no span is begun; those in flight are finished.
        """
        self._reader = reader
        self._length = length
        self._context = context
        self._begin = begin
        self._in_flight = in_flight
        self._thumbnail = thumbnail
        self._stopping = stopping
        self._out = out
        self._previous: Glance | None = None

    def run(self, spans: list[Span]) -> None:
        """Reads everything, then finishes the channel."""
        reached: int | None = None
        for span in spans:
            if self._stopping.is_set():
                break
            if reached is not None and (span.alone or reached != span.start):
                self._end_run(reached)
                reached = None
            self._in_flight.enter(alone=span.alone)
            work = None if self._stopping.is_set() else self._begin(span)  # it may have waited long
            if work is None:
                self._in_flight.leave()
                continue
            if reached is None:
                self._read(max(0, span.start - self._context.detected), span.start, None)
            self._read(span.start, span.end, work)
            reached = span.end
            if span.alone:
                self._end_run(reached)
                reached = None
        if reached is not None:
            self._end_run(reached)
        self._out.finish()

    def _end_run(self, reached: int) -> None:
        detected = min(reached + self._context.detected, self._length)
        ahead = min(reached + self._context.ahead, self._length)
        self._read(reached, detected, None)
        self._read(max(reached, detected), ahead, None, detect=False)
        self._out.put(RunEnd())
        self._previous = None

    def _read(self, start: int, end: int, work: SpanWork | None, *, detect: bool = True) -> None:
        for frame in self._timed(start, end, work):
            if detect and not frame.concealed:
                with frame.timing("detect"):
                    self._look(frame)
            self._out.put(frame)

    def _look(self, frame: Frame) -> None:
        frame.thumbnail, frame.scale = self._thumbnail(frame.pixels)
        seen = Glance.of(frame.thumbnail)
        frame.cut_before = self._previous is not None and is_cut(self._previous, seen)
        self._previous = seen

    def _timed(self, start: int, end: int, work: SpanWork | None) -> Iterator[Frame]:
        if start >= end:
            return
        since = perf_counter()
        for decoded in self._reader.read(start, end, conceal=True):
            if work is not None:
                work.took("decode", perf_counter() - since)
            yield Frame(decoded.number, decoded.frame, work, decoded.concealed, None, 1.0)
            since = perf_counter()
