"""A batch of frames: their faces are cropped, swapped and pasted into copies.

Decoded frames are never written to: the decoder refers to them, as do lookaheads and the encoders of other sources. The
result of a frame depends on its own pixels and faces alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import av

from hybridface_worker.faces.select import Selected
from hybridface_worker.media.copying import Copier
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View
from hybridface_worker.pipeline.painter import Painter, Patch, Placed
from hybridface_worker.pipeline.span_work import SpanWork
from hybridface_worker.swappers.protocol import Crops

from .messages import Frame, Swapped


@dataclass(frozen=True)
class Chosen:
    """A frame with the faces that are to be swapped in it."""

    frame: Frame
    faces: Sequence[Selected]


@dataclass(frozen=True)
class Easel:
    """What batches need, on all lanes."""

    painter: Painter
    view: View
    picture_of: Callable[[av.VideoFrame], Picture]
    copier: Copier


@dataclass(frozen=True)
class _Cut:
    """Every face of a batch, frame by frame, and their crops [N, S, S, 3]."""

    placed: list[Placed]
    crops: Crops


class Batch:
    """Frames of one span. Each source may be worked on a thread of its own."""

    def __init__(self, easel: Easel, work: SpanWork, chosen: Sequence[Chosen]) -> None:
        self._easel = easel
        self._work = work
        self._chosen = chosen
        self._lock = threading.Lock()
        self._cut: _Cut | None = None

    def swapped(self, source: str) -> list[Swapped]:
        """Every frame with its faces swapped for one source."""
        painter, work = self._easel.painter, self._work
        with self._lock:  # whichever source comes first takes the crops for all
            if self._cut is None:
                with work.timing("align"):
                    self._cut = self._crops()
            cut = self._cut
        with work.timing("swap", source):
            after = painter.swap(source, cut.placed, cut.crops)
        with work.timing("restore" if painter.restores else "paste", source):
            patches = painter.finished(cut.placed, after)
        with work.timing("paste", source):
            return self._pasted(source, patches)

    def _crops(self) -> _Cut:
        easel = self._easel
        placed: list[Placed] = []
        for each in self._chosen:
            if each.faces:
                placed += easel.painter.place(easel.picture_of(each.frame.pixels), easel.view, each.faces)
        placed = easel.painter.uncovered(placed)
        return _Cut(placed, easel.painter.stack(placed))

    def _pasted(self, source: str, patches: Sequence[Patch]) -> list[Swapped]:
        easel, made, first = self._easel, [], 0
        for each in self._chosen:
            frame, count = each.frame, len(each.faces)
            pixels = frame.pixels
            if count:
                pixels = easel.copier.copy(pixels)
                easel.painter.paint(easel.picture_of(pixels), patches[first : first + count])
            first += count
            made.append(Swapped(self._work, source, frame.number, pixels, count, frame.concealed))
        return made
