"""The third stage: which faces a frame has, by the window around it, then align, swap and paste in batches.

A frame's result depends on the frames of its window alone, never on where spans or batches begin. Decoded frames are
never written to: the decoder refers to them, and so do the encoders that look ahead and those of other sources.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import av
import numpy as np
import numpy.typing as npt

from hybridface_worker.contract.spec import FaceSelection
from hybridface_worker.faces.select import select
from hybridface_worker.faces.window import FrameFaces, assign
from hybridface_worker.media.copying import Copier
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View
from hybridface_worker.pipeline.channel import Channel
from hybridface_worker.pipeline.painter import Painter, Placed

from .messages import Frame, LookAhead, RunEnd, SpanEnd, SpanWork, Swapped


@dataclass
class _Ahead:
    """A span whose frames have all gone to its encoders, and how many frames behind it they still look at."""

    work: SpanWork
    wanted: int


@dataclass(frozen=True)
class _Aligned:
    """A frame in the batch, with its faces' crops."""

    frame: Frame
    work: SpanWork
    placed: list[Placed]


class Swapping:
    """Turns detected frames into swapped ones, for every source of their span."""

    def __init__(
        self,
        painter: Painter,
        view: View,
        picture_of: Callable[[av.VideoFrame], Picture],
        selection: FaceSelection,
        *,
        smoothing: int,
        ahead: int,
        batch: int,
        out: Channel[Swapped | LookAhead | SpanEnd],
    ) -> None:
        """`ahead`: frames behind a span that its encoders look at; `batch`: crops swapped in one call, at most."""
        self._painter = painter
        self._view = view
        self._picture_of = picture_of
        self._selection = selection
        self._smoothing = smoothing
        self._wanted_ahead = ahead
        self._batch = batch
        self._out = out
        self._copier: Copier | None = None
        self._pending: deque[Frame] = deque()
        self._window: deque[FrameFaces] = deque()
        self._aligned: list[_Aligned] = []
        self._ahead: deque[_Ahead] = deque()

    def run(self, arriving: Channel[Frame | RunEnd]) -> None:
        """Handles everything that arrives, then finishes the channel behind."""
        for message in arriving:
            if isinstance(message, RunEnd):
                self._end_run()
                continue
            self._pending.append(message)
            self._window.append(FrameFaces(message.number, tuple(message.faces), message.cut_before))
            while self._pending and self._pending[0].number + self._smoothing <= message.number:
                self._handle(self._pending.popleft())
        self._out.finish()

    def _end_run(self) -> None:
        while self._pending:
            self._handle(self._pending.popleft())
        while self._ahead:
            self._out.put(SpanEnd(self._ahead.popleft().work))
        self._window.clear()

    def _handle(self, frame: Frame) -> None:
        self._look_ahead(frame)
        if frame.work is not None:
            self._align(frame, frame.work)
            if frame.number + 1 == frame.work.span.end:
                self._flush()
                self._ahead.append(_Ahead(frame.work, self._wanted_ahead))
                self._end_satisfied()
        while self._window and self._window[0].number <= frame.number - self._smoothing:
            self._window.popleft()

    def _look_ahead(self, frame: Frame) -> None:
        for ahead in self._ahead:
            self._out.put(LookAhead(ahead.work, frame.pixels))
            ahead.wanted -= 1
        self._end_satisfied()

    def _end_satisfied(self) -> None:
        while self._ahead and self._ahead[0].wanted <= 0:
            self._out.put(SpanEnd(self._ahead.popleft().work))

    def _align(self, frame: Frame, work: SpanWork) -> None:
        since = perf_counter()
        placed: list[Placed] = []
        if not frame.concealed:
            faces = select(assign(tuple(self._window), frame.number, self._smoothing), self._selection)
            if faces:
                placed = self._painter.place(self._picture_of(frame.pixels), self._view, faces)
        self._aligned.append(_Aligned(frame, work, placed))
        work.busy["align"] += (perf_counter() - since) * 1000
        if sum(len(aligned.placed) for aligned in self._aligned) >= self._batch:
            self._flush()

    def _flush(self) -> None:
        if not self._aligned:
            return
        batch, self._aligned = self._aligned, []
        crops = self._painter.stack([placed for aligned in batch for placed in aligned.placed])
        for chunk in batch[0].work.span.chunks:
            since = perf_counter()
            swapped = self._painter.swap(chunk.source, crops)
            batch[0].work.busy["swap"] += (perf_counter() - since) * 1000
            self._emit(batch, chunk.source, swapped)

    def _emit(self, batch: list[_Aligned], source: str, swapped: npt.NDArray[np.uint8]) -> None:
        first = 0
        for aligned in batch:
            pixels, count = aligned.frame.pixels, len(aligned.placed)
            if count:
                since = perf_counter()
                pixels = self._copy(pixels)
                self._painter.paint(self._picture_of(pixels), aligned.placed, swapped[first : first + count])
                aligned.work.busy["paste"] += (perf_counter() - since) * 1000
            first += count
            number, concealed = aligned.frame.number, aligned.frame.concealed
            self._out.put(Swapped(aligned.work, source, number, pixels, count, concealed))

    def _copy(self, pixels: av.VideoFrame) -> av.VideoFrame:
        self._copier = self._copier or Copier(pixels)
        return self._copier.copy(pixels)
