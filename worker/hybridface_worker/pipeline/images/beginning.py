"""The first stage: begins spans, and has their images worked as far as there is room for them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from hybridface_worker.pipeline.channel import Channel, InFlight
from hybridface_worker.pipeline.jobs import Job, Jobs
from hybridface_worker.pipeline.schedule import Span
from hybridface_worker.pipeline.span_work import SpanWork

from .messages import Original, Painted, SpanEnd


class Beginning:
    """Takes a shard's spans of images in their order."""

    def __init__(
        self,
        original: Callable[[str, int], Original],
        *,
        begin: Callable[[Span], SpanWork | None],
        painted: Callable[[SpanWork, int, Original], Painted],
        in_flight: InFlight,
        room: InFlight,
        stopping: threading.Event,
        out: Channel[Job[Painted | SpanEnd]],
        lanes: int,
    ) -> None:
        """Nothing is begun yet.

        Args:
            original: the image at a position of a target.
            begin: marks a span's chunks and returns what is left to do of it, None for nothing.
            painted: works one image, on so many threads as there are `lanes`.
            in_flight: of spans.
            room: for pixels; whoever packs an image leaves it.
            stopping: once it is set no span is begun; those in flight are finished.
            out: takes images in their order.
            lanes: images that may be worked side by side.
        """
        self._original = original
        self._begin = begin
        self._painted = painted
        self._in_flight = in_flight
        self._room = room
        self._stopping = stopping
        self._out = out
        self._lanes = lanes

    def run(self, spans: list[Span]) -> None:
        """Begins everything, then finishes the channel."""
        with Jobs("image", self._lanes, self._out) as jobs:
            for span in spans:
                if self._stopping.is_set():
                    break
                self._in_flight.enter(alone=span.alone)
                work = None if self._stopping.is_set() else self._begin(span)  # it may have waited long
                if work is None:
                    self._in_flight.leave()
                else:
                    self._give(work, jobs)
        self._out.finish()

    def _give(self, work: SpanWork, jobs: Jobs[Painted | SpanEnd]) -> None:
        """A span that was tried before is worked image by image: what ended a worker may have been too much at once."""
        span = work.span
        for position in range(span.start, span.end):
            original = self._original(span.target, position)
            self._room.enter(original.pixels, alone=span.alone)
            jobs.give(partial(self._one, work, position, original))
        jobs.give(lambda: [SpanEnd(work)])

    def _one(self, work: SpanWork, position: int, original: Original) -> list[Painted]:
        return [self._painted(work, position, original)]
