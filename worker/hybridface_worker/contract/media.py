"""What Probe found out about one video or image. Pixels and packet tables are not here: tables are in the npz."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .document import Part, Rational
from .spec import Container, ImageFormat


class Colour(Part):
    """Colour description by its ISO/IEC 23091-2 (H.273) code points; 2 is unspecified."""

    full_range: bool | None = None
    primaries: int = 2
    transfer: int = 2
    matrix: int = 2
    chroma_location: int = 0
    """FFmpeg's AVChromaLocation: 0 unspecified, 1 left, 2 centre, 3 top left, ..."""


class StaticHdr(Part):
    """HDR10 static metadata. SMPTE ST 2086 in x265's units: chromaticity / 50000, luminance / 10000 cd/m2."""

    master_display: str | None = None
    """`G(x,y)B(x,y)R(x,y)WP(x,y)L(max,min)`"""
    max_cll: int | None = None
    max_fall: int | None = None


class Track(Part):
    """A track beside the swapped video stream."""

    index: int
    kind: Literal["audio", "subtitle", "data", "attachment", "video"]
    codec: str
    language: str | None = None
    packets: int | None = None


class VideoInfo(Part):
    """One video. Frame counts are of presented frames: decoded and not discarded by the edit list."""

    kind: Literal["video"] = "video"
    container: Container
    stream: int
    codec: str
    profile: str | None = None
    codec_tag: str | None = None
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    pixel_format: str
    bit_depth: int
    time_base: Rational
    frames: int = Field(gt=0)
    packets: int = Field(gt=0)
    start_pts: int
    end_pts: int
    """The end of the last frame: its pts and duration, in `time_base`."""
    average_rate: Rational
    has_b_frames: bool
    rotation: int = 0
    """Degrees, clockwise, that a player turns the picture by: 0, 90, 180 or 270."""
    display_matrix: tuple[int, ...] | None = None
    """The nine numbers behind `rotation`, which may also mirror the picture; None where it is shown as it is."""
    sample_aspect_ratio: Rational
    colour: Colour
    hdr: StaticHdr | None = None
    closed_captions: bool = False
    """Whether pictures carry CEA-608/708 captions."""
    bit_rate: int | None = None
    tracks: tuple[Track, ...] = ()
    chapters: int = 0
    index_sha256: str
    """Digest of the npz with the frame tables."""


class ImageInfo(Part):
    """One still image. Width and height are as stored, before EXIF orientation."""

    kind: Literal["image"] = "image"
    format: ImageFormat
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    mode: Literal["L", "LA", "RGB", "RGBA"]
    bit_depth: Literal[8, 16]
    orientation: int = Field(1, ge=1, le=8)
    """EXIF orientation."""
    lossless: bool = True
