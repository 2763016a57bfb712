"""`plan.json`: everything that decides the bytes of the result, chosen once and frozen. No worker chooses any of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from .document import Document, Part, Rational
from .probe import Finding
from .spec import Blend, Consent, Container, FaceSelection, ImageFormat, JobRef, Limits, Models

IMAGES = "images"


class VideoEncoding(Part):
    """The encoder of one video with all its options."""

    container: Container
    encoder: str
    """FFmpeg's name of the encoder, such as `libx264`."""
    options: dict[str, str]
    """All private options. Threads are below: x264's output depends on their number."""
    pixel_format: str
    threads: int = Field(ge=1)
    rate: Rational
    """The nominal frame rate, told to rate control; timestamps are carried beside."""
    codec_tag: str | None = None


class ImageEncoding(Part):
    """The format of one target's images; None keeps each image's own."""

    format: ImageFormat | None = None


class Unit(Part):
    """One video, or the images of one target."""

    target: str
    unit: str
    """`v` and six digits of the item number for a video, `images` for images."""
    items: tuple[int, ...]
    """The item of the video; of images, every item, so that position i of the unit is `items[i]`."""
    boundaries: tuple[int, ...] = Field(min_length=2)
    """Chunk k is `[boundaries[k], boundaries[k + 1])`; the first is 0, the last the unit's length."""
    video: VideoEncoding | None = None
    image: ImageEncoding | None = None

    @property
    def length(self) -> int:
        """Frames of the video, or images."""
        return self.boundaries[-1]


class ChunkRef(Part):
    """One chunk: one source, one unit, one half-open range of it."""

    source: str
    target: str
    unit: str
    start: int = Field(ge=0)
    end: int

    @property
    def length(self) -> int:
        """Frames or images in it."""
        return self.end - self.start


class PlannedOutput(Part):
    """What one item becomes, once for each source."""

    target: str
    item: int
    unit: str
    path: str
    """Relative to `<output>/<source>/`."""


class OutputSettings(Part):
    """Where results go and what happens where something is in the way."""

    uri: str
    on_conflict: Literal["fail", "replace"] = "fail"
    on_uncopyable: Literal["report", "fail"] = "report"
    keeps_format: bool = True
    """Container, encoder and format are `same`/`auto`, so that a target without a face may be published as it is."""


class Refused(Part):
    """A target item that is not worked."""

    target: str
    item: int
    finding: Finding


class Plan(Document):
    """The frozen plan of one job."""

    job: JobRef
    inputs_sha256: str
    worker: str
    """The worker that may work it: an image digest in a cluster, `hybridface==<version>` locally."""
    sources: tuple[str, ...]
    models: Models
    faces: FaceSelection
    blend: Blend
    limits: Limits
    on_decode_error: Literal["fail", "keepOriginal"] = "fail"
    max_tries_per_chunk: int = Field(3, ge=1)
    units: tuple[Unit, ...]
    outputs: tuple[PlannedOutput, ...]
    refused: tuple[Refused, ...] = ()
    output: OutputSettings
    consent: Consent | None = None
    probes: tuple[int, ...]
    """The Probe shards whose results the plan rests on."""

    def unit(self, target: str, unit: str) -> Unit:
        """The unit of that name. Raises KeyError."""
        for candidate in self.units:
            if candidate.target == target and candidate.unit == unit:
                return candidate
        raise KeyError(f"{target}/{unit}")

    def chunks(self) -> Iterator[ChunkRef]:
        """Every chunk, unit by unit, range by range, source by source."""
        for unit in self.units:
            for start, end in zip(unit.boundaries, unit.boundaries[1:], strict=False):
                for source in self.sources:
                    yield ChunkRef(source=source, target=unit.target, unit=unit.unit, start=start, end=end)

    def published(self) -> Iterator[tuple[str, PlannedOutput]]:
        """Every output with its source, in the order that Merge shards count them."""
        for source in self.sources:
            for output in self.outputs:
                yield source, output
