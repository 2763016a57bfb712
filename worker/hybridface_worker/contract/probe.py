"""`probe/<shard>.json`: what one Probe shard found in sources and targets."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .document import Document, Part
from .media import ImageInfo, VideoInfo
from .reasons import Reason


class Finding(Part):
    """A reason code with its message: a refusal, or a note on something that went on."""

    reason: Reason
    message: str


class FaceBox(Part):
    """A face in an image's pixels, x right, y down, the first pixel's centre at (0, 0)."""

    box: tuple[float, float, float, float]
    """Left, top, right, bottom."""
    points: tuple[tuple[float, float], ...] = Field(min_length=5, max_length=5)
    """Right eye, left eye, nose, right mouth corner, left mouth corner, as the viewer sees them from left to right."""
    score: float


class ProbedSource(Part):
    """One image of a source: the chosen face, or why there is none."""

    source: str
    item: int
    width: int = 0
    height: int = 0
    face: FaceBox | None = None
    refusal: Finding | None = None
    notes: tuple[Finding, ...] = ()


class ProbedItem(Part):
    """One target item: what it is, or why it is refused."""

    target: str
    item: int
    media: Annotated[VideoInfo | ImageInfo, Field(discriminator="kind")] | None = None
    refusal: Finding | None = None
    notes: tuple[Finding, ...] = ()


class ProbeResult(Document):
    """All that one shard found, in the order of its task."""

    shard: int
    sources: tuple[ProbedSource, ...] = ()
    items: tuple[ProbedItem, ...] = ()
