"""`probe/<shard>.json`: what one Probe shard found in sources and targets."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .document import Document, Part
from .errors import WorkerError
from .fields import Count, Segment
from .media import ImageInfo, VideoInfo
from .reasons import Reason


class Finding(Part):
    """A reason code with its message: a refusal, or a note on something that went on."""

    reason: Reason
    """The code."""
    message: str
    """What was found, where, and what to do."""

    @classmethod
    def of(cls, error: WorkerError) -> Finding:
        """What an error says."""
        return cls(reason=error.reason, message=error.message)


class FaceBox(Part):
    """A face in the pixels of an image turned upright: x right, y down, the first pixel's centre at (0, 0)."""

    box: tuple[float, float, float, float]
    """Bounding box: left, top, right, bottom."""
    points: tuple[tuple[float, float], ...] = Field(min_length=5, max_length=5)
    """Landmarks: eyes, nose, corners of the mouth; of each pair first the one on the left of the image."""
    score: float = Field(ge=0, le=1)
    """The detector's confidence."""


class ProbedSource(Part):
    """One image of a source: the chosen face, or why there is none."""

    source: Segment
    """The source's name, or the reference's."""
    item: Count
    """Which of the source's images."""
    width: Count = 0
    """Pixels, as stored."""
    height: Count = 0
    """Pixels, as stored."""
    face: FaceBox | None = None
    """The chosen face."""
    refusal: Finding | None = None
    """Why there is none."""
    notes: tuple[Finding, ...] = ()
    """What a user should know, such as that there were several faces."""


class ProbedItem(Part):
    """One target item: what it is, or why it is refused."""

    target: Segment
    """The target's name."""
    item: Count
    """Which of the target's objects."""
    media: Annotated[VideoInfo | ImageInfo, Field(discriminator="kind")] | None = None
    """What it is."""
    refusal: Finding | None = None
    """Why it is not worked; then `media` is absent."""
    notes: tuple[Finding, ...] = ()
    """What a user should know of the result, such as a track that cannot be copied."""


class ProbeResult(Document):
    """All that one shard found, in the order of its task."""

    shard: Count
    """The shard's number, as in the document's key."""
    sources: tuple[ProbedSource, ...] = ()
    """The shard's images of sources."""
    items: tuple[ProbedItem, ...] = ()
    """The shard's target items."""
