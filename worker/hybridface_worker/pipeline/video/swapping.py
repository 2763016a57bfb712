"""The third stage: assigns faces by the window around each frame, then aligns, swaps and pastes them in batches.

A frame's result depends on the frames of its window alone, never on where spans or batches begin.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import av

from hybridface_worker.contract.spec import FaceSelection
from hybridface_worker.faces.select import select
from hybridface_worker.faces.window import FrameFaces, assign
from hybridface_worker.inference.device import Lanes
from hybridface_worker.media.copying import Copier
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View
from hybridface_worker.pipeline.channel import Channel
from hybridface_worker.pipeline.jobs import Job, Jobs
from hybridface_worker.pipeline.painter import Painter
from hybridface_worker.pipeline.span_work import SpanWork

from .batch import Batch, Chosen, Easel
from .messages import Frame, LookAhead, RunEnd, SpanEnd, Swapped

Message = Swapped | LookAhead | SpanEnd


@dataclass
class _Ahead:
    """A span whose frames have all gone to its encoders, and how many frames of lookahead they still want."""

    work: SpanWork
    wanted: int


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
        lanes: Lanes,
        out: Channel[Job[Message]],
    ) -> None:
        """`ahead`: frames after a span that its encoders look at; `lanes`: threads that use `painter`."""
        self._painter = painter
        self._view = view
        self._picture_of = picture_of
        self._selection = selection
        self._smoothing = smoothing
        self._wanted_ahead = ahead
        self._size = lanes.size
        self._out = out
        self._jobs = Jobs("swap", lanes.count, out)
        self._easel: Easel | None = None
        self._pending: deque[Frame] = deque()
        self._window: deque[FrameFaces] = deque()
        self._chosen: list[Chosen] = []
        self._passing: list[Message] = []
        """What goes to the encoders before the frames of the next batch."""
        self._ahead: deque[_Ahead] = deque()

    def run(self, arriving: Iterable[Frame | RunEnd]) -> None:
        """Handles all messages, then closes the output."""
        with self._jobs:
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
            self._end_span()
        self._window.clear()

    def _handle(self, frame: Frame) -> None:
        self._look_ahead(frame)
        if frame.work is not None:
            self._choose(frame, frame.work)
            if frame.number + 1 == frame.work.span.end:
                self._flush(frame.work)
                self._ahead.append(_Ahead(frame.work, self._wanted_ahead))
                self._end_satisfied()
        elif len(self._passing) >= self._size:  # nothing else would take them along
            self._pass_on()
        while self._window and self._window[0].number <= frame.number - self._smoothing:
            self._window.popleft()

    def _look_ahead(self, frame: Frame) -> None:
        for ahead in self._ahead:
            self._passing.append(LookAhead(ahead.work, frame.pixels))
            ahead.wanted -= 1
        self._end_satisfied()

    def _end_satisfied(self) -> None:
        while self._ahead and self._ahead[0].wanted <= 0:
            self._end_span()

    def _end_span(self) -> None:
        """Sent at once: the reader may wait for it."""
        self._passing.append(SpanEnd(self._ahead.popleft().work))
        self._pass_on()

    def _pass_on(self) -> None:
        passing, self._passing = self._passing, []
        self._jobs.give(lambda: passing)

    def _choose(self, frame: Frame, work: SpanWork) -> None:
        faces = []
        if not frame.concealed:
            with work.timing("align"):
                faces = select(assign(tuple(self._window), frame.number, self._smoothing), self._selection)
        self._chosen.append(Chosen(frame, faces))
        if max(len(self._chosen), sum(len(each.faces) for each in self._chosen)) >= self._size:
            self._flush(work)

    def _flush(self, work: SpanWork) -> None:
        if not self._chosen:
            return
        self._easel = self._easel or Easel(
            self._painter, self._view, self._picture_of, Copier(self._chosen[0].frame.pixels)
        )
        batch, self._chosen = Batch(self._easel, work, self._chosen), []
        passing, self._passing = self._passing, []
        for chunk in work.span.chunks:
            self._jobs.give(partial(_swapped, passing, batch, chunk.source))
            passing = []


def _swapped(before: list[Message], batch: Batch, source: str) -> list[Message]:
    return [*before, *batch.swapped(source)]
