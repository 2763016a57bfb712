"""The parts of a job's specification that reach the worker unchanged, as the plan carries them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from pydantic import Field

from .document import Part
from .errors import InputRefused
from .fields import Count, Segment, Sha256, Time, Uri
from .reasons import Reason


class Container(StrEnum):
    """Containers that are read and written."""

    MP4 = "mp4"
    MOV = "mov"
    MKV = "mkv"
    WEBM = "webm"


class ImageFormat(StrEnum):
    """Image formats that are read and written."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"


ModelKind = Literal["detector", "recogniser", "swapper", "restorer", "occluder"]
"""What a model does."""


class ModelRef(Part):
    """A model by name and, unless it is built in, by address and digest."""

    name: Segment
    """As the catalogue calls it."""
    kind: ModelKind
    """What it does."""
    format: str = Field(min_length=1, max_length=32)
    """How its file is to be read, such as `inswapper`; `builtin` needs no file."""
    uri: Uri | None = None
    """Where its file is."""
    sha256: Sha256 | None = None
    """Digest of its file. A file with another one is never loaded."""
    licence: str = Field(min_length=1, max_length=64)
    """What it may be used for, in the administrator's words; repeated in every report."""


class Models(Part):
    """The models of one job."""

    detector: ModelRef
    """Detects faces, with five landmarks each."""
    recogniser: ModelRef | None = None
    """Computes embeddings, to tell people apart and for swappers that need them."""
    swapper: ModelRef
    """Swaps faces."""
    restorer: ModelRef | None = None
    """Restores swapped faces."""
    occluder: ModelRef | None = None
    """Segments what occludes a face, for the mask `occlusion`."""

    def used(self) -> tuple[ModelRef, ...]:
        """Those that the job has, in the order of the work."""
        named = (self.detector, self.recogniser, self.swapper, self.restorer, self.occluder)
        return tuple(model for model in named if model is not None)


class Person(Part):
    """One person who is looked for in the targets."""

    reference: Segment
    """The name under which `inputs.json` and Probe's results have the image that shows the person."""
    source: Segment | None = None
    """The source that takes the person's place; absent where every source does, each in outputs of its own."""


class FaceSelection(Part):
    """Which faces of a frame are swapped."""

    select: Literal["all", "largest", "reference", "map"] = "all"
    """All of them, the one with the largest box, those of one person, or those of several, each with a source."""
    min_score: float = Field(0.5, ge=0, le=1)
    """The least score of the detector."""
    people: tuple[Person, ...] = ()
    """Who is looked for: one with `reference`, one or more with `map`, otherwise nobody."""
    min_similarity: float = Field(0.4, ge=0, le=1)
    """The least cosine similarity of embeddings at which a face is a person's."""


class Blend(Part):
    """How a swapped crop goes back into the frame."""

    ratio: float = Field(1.0, ge=0, le=1)
    """How much of the new face there is: 0 leaves the old one."""
    mask: tuple[Literal["box", "occlusion", "region"], ...] = ("box",)
    """The masks that bound it, multiplied."""
    pixel_boost: int = Field(128, ge=128, le=1024)
    """Side of the square that a face is swapped at, in pixels; a swapper whose own is larger keeps that."""
    colour_match: bool = True
    """Whether the new face takes on the old one's colours."""
    smoothing: int = Field(4, ge=0, le=16)
    """Frames on each side over which landmarks are smoothed; 0 is off."""


class Limits(Part):
    """What an input may be at most; checked before anything is decoded."""

    max_bytes: Count = 64 * 2**30
    """Bytes of a video."""
    max_pixels: Count = 8192 * 4320
    """Pixels of a frame or image."""
    max_frames: Count = 2_000_000
    """Frames of a video."""
    max_duration_seconds: Count = 24 * 3600
    """Length of a video."""
    max_image_bytes: Count = 512 * 2**20
    """Bytes of an image."""
    max_tracks: Count = 64
    """Tracks of a video's file."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Limits:
        """Each by its name, as `HYBRIDFACE_MAX_PIXELS`. Raises ValueError where one is no whole number above 0."""
        given = {field: env[name] for field in cls.model_fields if env.get(name := cls.variable(field))}
        for field, text in given.items():
            if not text.isascii() or not text.isdigit() or not 0 < int(text) < 2**62:
                raise ValueError(f"{cls.variable(field)}={text!r}: give a whole number above 0")
        return cls(**{field: int(text) for field, text in given.items()})

    @staticmethod
    def variable(field: str) -> str:
        """The environment variable of a field."""
        return f"HYBRIDFACE_{field.upper()}"

    def exceeded(self, what: str, field: str, *, advice: str = "") -> InputRefused:
        """LIMIT_EXCEEDED: what there is, how much may be, and which setting says so."""
        return InputRefused(
            Reason.LIMIT_EXCEEDED,
            f"{what}; at most {getattr(self, field)} are allowed: {advice}raise {self.variable(field)} to allow more",
        )


class Consent(Part):
    """Who allowed it, and until when: checked again before each attempt and before publishing."""

    reference: str
    """Where the consent can be found, in the user's words."""
    expires: Time | None = None
    """From when on nothing is worked or published; without it never."""


class JobRef(Part):
    """The job that a document belongs to."""

    namespace: Segment
    """Its namespace; `local` on one machine."""
    name: Segment
    """Its name."""
    uid: Segment
    """Tells it from others of that name: the FaceSwapJob's, or on one machine a digest of all that it depends on."""
