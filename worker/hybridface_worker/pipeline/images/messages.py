"""What an image is before it is worked, and what travels to the stage that packs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hybridface_worker.contract.inputs import TargetItem
from hybridface_worker.contract.media import ImageInfo
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.spec import ImageFormat
from hybridface_worker.pipeline.span_work import SpanWork


@dataclass(frozen=True)
class Original:
    """One image of the job, undecoded."""

    item: TargetItem
    info: ImageInfo
    path: str
    """Its name in packs."""
    format: ImageFormat | None
    """What it is written as; None: as what it is."""

    @property
    def pixels(self) -> int:
        """How many it has."""
        return self.info.width * self.info.height


@dataclass(frozen=True)
class Painted:
    """An image with its faces swapped, as one file for each source; or why there is none."""

    work: SpanWork
    position: int
    original: Original
    faces: int = 0
    files: Mapping[str, bytes] = field(default_factory=dict)
    """By source; none where it was refused."""
    finding: Finding | None = None


@dataclass(frozen=True)
class SpanEnd:
    """Nothing more comes for the span."""

    work: SpanWork
