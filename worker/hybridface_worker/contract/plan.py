"""`plan.json`: everything that decides the bytes of the result, chosen once and frozen. No worker chooses any of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from .document import Document, Part
from .fields import Count, Rational, RelativePath, Segment, Sha256, Uri
from .probe import Finding
from .spec import Blend, Consent, Container, FaceSelection, ImageFormat, JobRef, Limits, Models

IMAGES = "images"
MAPPED = "_map"
"""Stands where a source's name does in a job that maps several people of its targets, each to a source."""

UnitName = Annotated[str, Field(pattern=r"^(images|v[0-9]{6})$")]


def is_of_gpu(encoder: str) -> bool:
    """Whether an encoder of FFmpeg's needs a GPU that has one: `h264_nvenc`, `hevc_nvenc`, `av1_nvenc`."""
    return encoder.endswith("_nvenc")


class VideoEncoding(Part):
    """The encoder of one video with all its options."""

    container: Container
    """Of the output."""
    encoder: str
    """FFmpeg's name of the encoder, such as `libx264`."""
    options: dict[str, str]
    """All private options. Threads are below: x264's output depends on their number."""
    pixel_format: str
    """FFmpeg's name of the pixel format."""
    threads: int = Field(ge=1)
    """The encoder's threads."""
    rate: Rational
    """The nominal frame rate, told to rate control; timestamps are carried beside."""
    codec_tag: str | None = None
    """The container's code for the codec, where it is not the usual one."""


class ImageEncoding(Part):
    """The format of one target's images."""

    format: ImageFormat | None = None
    """Absent, each image keeps its own."""


class Unit(Part):
    """One video, or the images of one target."""

    target: Segment
    """The target's name."""
    unit: UnitName
    """`v` and six digits of the item number for a video, `images` for images."""
    items: tuple[Count, ...] = Field(min_length=1)
    """The item of the video; of images, every item, so that position i of the unit is `items[i]`."""
    boundaries: tuple[Count, ...] = Field(min_length=2)
    """Chunk k is `[boundaries[k], boundaries[k + 1])`; the first is 0, the last the unit's length."""
    video: VideoEncoding | None = None
    """How a video is encoded."""
    image: ImageEncoding | None = None
    """How images are encoded."""

    @model_validator(mode="after")
    def _boundaries_rise(self) -> Self:
        if self.boundaries[0] != 0 or any(end <= start for start, end in pairwise(self.boundaries)):
            raise ValueError("boundaries begin at 0 and rise")
        return self

    @property
    def length(self) -> int:
        """Frames of the video, or images."""
        return self.boundaries[-1]


class ChunkRef(Part):
    """One chunk: one source, one unit, one half-open range of it."""

    source: Segment
    """The source's name; `_map` where people are mapped."""
    target: Segment
    """The target's name."""
    unit: UnitName
    """The unit of the target."""
    start: Count
    """The first frame or image."""
    end: Count
    """The one after the last."""

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        if self.end <= self.start:
            raise ValueError(f"a chunk cannot begin at {self.start} and end at {self.end}")
        return self

    @property
    def length(self) -> int:
        """Frames or images in it."""
        return self.end - self.start


class PlannedOutput(Part):
    """What one item becomes, once for each source."""

    target: Segment
    """The target's name."""
    item: Count
    """Which of the target's objects."""
    unit: UnitName
    """The unit that it is part of."""
    path: RelativePath
    """Relative to `<output>/<source>/`, and where people are mapped to `<output>/`."""


class OutputSettings(Part):
    """Where results go and what happens where something is in the way."""

    uri: Uri
    """The folder that all outputs lie under."""
    on_conflict: Literal["fail", "replace"] = "fail"
    """What happens to an output whose place is taken by something that is not this job's."""
    on_uncopyable: Literal["report", "fail"] = "report"
    """What happens to an output whose container cannot hold one of the tracks."""
    keeps_format: bool = True
    """Nothing asks for another container, encoder or format: a target without a face is then published as it is."""


class Refused(Part):
    """A target item that is not worked."""

    target: Segment
    """The target's name."""
    item: Count
    """Which of the target's objects."""
    finding: Finding
    """Why."""


class Plan(Document):
    """The frozen plan of one job."""

    job: JobRef
    """Whose plan it is."""
    inputs_sha256: Sha256
    """Digest of `inputs.json`, as it was stored."""
    worker: str
    """The worker that may work it: an image digest in a cluster, `hybridface==<version>` locally."""
    sources: tuple[Segment, ...] = Field(min_length=1)
    """Names of the sources: every unit is worked once for each. `_map` alone where people are mapped."""
    models: Models
    """The models, by digest."""
    faces: FaceSelection
    """Which faces are swapped."""
    blend: Blend
    """How they are pasted."""
    limits: Limits
    """What inputs may be at most."""
    on_decode_error: Literal["fail", "keepOriginal"] = "fail"
    """A frame that does not decode fails its chunk, or stays as the decoder conceals it."""
    max_tries_per_chunk: int = Field(3, ge=1)
    """Counted tries after which a chunk is given up."""
    units: tuple[Unit, ...]
    """What is worked."""
    outputs: tuple[PlannedOutput, ...]
    """What becomes of it."""
    refused: tuple[Refused, ...] = ()
    """Items that are not worked."""
    output: OutputSettings
    """Where outputs go."""
    consent: Consent | None = None
    """The consent that the job rests on."""
    probes: tuple[Count, ...]
    """The Probe shards whose results the plan rests on."""

    def identities(self) -> tuple[str, ...]:
        """Names of the sources whose faces are put in, each once."""
        if self.faces.select != "map":
            return self.sources
        return tuple(dict.fromkeys(person.source for person in self.faces.people if person.source is not None))

    def units_by_name(self) -> dict[tuple[str, str], Unit]:
        """The units by their targets' names and their own."""
        return {(unit.target, unit.unit): unit for unit in self.units}

    def chunks(self) -> Iterator[ChunkRef]:
        """Every chunk, unit by unit, range by range, source by source."""
        for unit in self.units:
            for start, end in pairwise(unit.boundaries):
                for source in self.sources:
                    yield ChunkRef(source=source, target=unit.target, unit=unit.unit, start=start, end=end)

    def published(self) -> Iterator[tuple[str, PlannedOutput]]:
        """Every output with its source, in the order that Merge shards count them."""
        for source in self.sources:
            for output in self.outputs:
                yield source, output

    @property
    def published_count(self) -> int:
        """How many those are."""
        return len(self.sources) * len(self.outputs)

    def published_at(self, position: int) -> tuple[str, PlannedOutput]:
        """The output at that position among `published`. Raises IndexError."""
        source, output = divmod(position, len(self.outputs))
        return self.sources[source], self.outputs[output]
