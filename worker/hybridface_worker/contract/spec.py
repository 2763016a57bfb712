"""The parts of a job's specification that reach the worker unchanged, as the plan carries them."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from .document import Part

Name = str
Sha256 = str


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


class ModelRef(Part):
    """A model by name and, unless it is built in, by address and digest."""

    name: Name
    kind: Literal["detector", "recogniser", "swapper", "restorer"]
    format: str
    """How the file is to be read: `builtin` or a format name such as `inswapper`."""
    uri: str | None = None
    sha256: Sha256 | None = None
    licence: str


class Models(Part):
    """The models of one job."""

    detector: ModelRef
    recogniser: ModelRef | None = None
    swapper: ModelRef
    restorer: ModelRef | None = None


class FaceSelection(Part):
    """Which faces of a frame are swapped."""

    select: Literal["all", "largest"] = "all"
    min_score: float = Field(0.5, ge=0, le=1)


class Blend(Part):
    """How a swapped crop goes back into the frame."""

    ratio: float = Field(1.0, ge=0, le=1)
    mask: tuple[Literal["box"], ...] = ("box",)
    colour_match: bool = True
    smoothing: int = Field(4, ge=0, le=16)
    """Frames on each side over which landmarks are smoothed; 0 is off."""


class Limits(Part):
    """What an input may be at most; checked before anything is decoded."""

    max_bytes: int = 64 * 2**30
    max_pixels: int = 8192 * 4320
    max_frames: int = 2_000_000
    max_duration_seconds: int = 24 * 3600
    max_image_bytes: int = 512 * 2**20
    max_tracks: int = 64


class Consent(Part):
    """Who allowed it, and until when: checked again before each attempt and before publishing."""

    reference: str
    expires: str | None = None
    """RFC 3339; None never expires."""


class JobRef(Part):
    """The job that a document belongs to."""

    namespace: str
    name: Name
    uid: str
