"""Messages between stages. A frame's pixels are owned by the stage that holds the message."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import av
import numpy as np
import numpy.typing as npt

from hybridface_worker.faces.types import Face
from hybridface_worker.pipeline.span_work import SpanWork


@dataclass
class Frame:
    """One decoded frame. `work` is None if it is context of neighbouring spans."""

    number: int
    pixels: av.VideoFrame
    work: SpanWork | None
    concealed: bool
    thumbnail: npt.NDArray[np.uint8] | None
    """Upright square-pixel RGB [h, w, 3] for the detector; None where its faces are not asked for."""
    scale: float
    """Thumbnail pixels per pixel of the upright view."""
    cut_before: bool = False
    faces: list[Face] = field(default_factory=list)
    """In the view's coordinates, once detected."""

    def timing(self, stage: str) -> AbstractContextManager[None]:
        """Adds the duration of the block to the frame's span, if it has one."""
        return nullcontext() if self.work is None else self.work.timing(stage)


@dataclass(frozen=True)
class RunEnd:
    """The frames before and after it are not consecutive: windows and lookahead end here."""


@dataclass(frozen=True)
class Swapped:
    """A frame with its faces swapped for one source, on its way to that source's encoder."""

    work: SpanWork
    source: str
    number: int
    pixels: av.VideoFrame
    faces: int
    concealed: bool


@dataclass(frozen=True)
class LookAhead:
    """A decoded frame after a span, for the encoders' lookahead alone."""

    work: SpanWork
    pixels: av.VideoFrame


@dataclass(frozen=True)
class SpanEnd:
    """Nothing more comes for the span."""

    work: SpanWork
