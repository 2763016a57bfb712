"""What Probe found out about one video or image. Pixels and packet tables are not here: tables are in the npz."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .document import Part
from .fields import Count, Rational, Sha256, Ticks
from .spec import Container, ImageFormat


class Colour(Part):
    """Colour description by its ISO/IEC 23091-2 (H.273) code points; 2 is unspecified."""

    full_range: bool | None = None
    """Whether samples use their whole range; absent where the file does not say."""
    primaries: Count = 2
    """Colour primaries."""
    transfer: Count = 2
    """Transfer characteristics."""
    matrix: Count = 2
    """Matrix coefficients."""
    chroma_location: Count = 0
    """FFmpeg's AVChromaLocation: 0 unspecified, 1 left, 2 centre, 3 top left, ..."""


class StaticHdr(Part):
    """HDR10 static metadata. SMPTE ST 2086 in x265's units: chromaticity / 50000, luminance / 10000 cd/m2."""

    master_display: str | None = None
    """The mastering display: `G(x,y)B(x,y)R(x,y)WP(x,y)L(max,min)`."""
    max_cll: Count | None = None
    """Brightest pixel, cd/m2."""
    max_fall: Count | None = None
    """Brightest frame on average, cd/m2."""


class Track(Part):
    """A track beside the swapped video stream."""

    index: Count
    """Of the stream in the file."""
    kind: Literal["audio", "subtitle", "data", "attachment", "video"]
    """What it holds; `video` is cover art or a further video."""
    codec: str
    """FFmpeg's name of its codec."""
    language: str | None = None
    """As tagged."""


class VideoInfo(Part):
    """One video. Frame counts are of presented frames: decoded and not discarded by the edit list."""

    kind: Literal["video"] = "video"
    """Tells videos from images."""
    container: Container
    """By content, whatever the file is called."""
    stream: Count
    """Index of the stream that is swapped."""
    codec: str
    """FFmpeg's name of its codec."""
    profile: str | None = None
    """The codec's profile."""
    codec_tag: str | None = None
    """The container's code for the codec, such as `hvc1`."""
    width: int = Field(gt=0)
    """Pixels, as stored."""
    height: int = Field(gt=0)
    """Pixels, as stored."""
    pixel_format: str
    """FFmpeg's name of the pixel format."""
    bit_depth: int = Field(gt=0)
    """Bits per sample."""
    time_base: Rational
    """Seconds in a tick."""
    frames: int = Field(gt=0)
    """Presented frames."""
    packets: int = Field(gt=0)
    """Packets of the stream; more than frames where the edit list discards some."""
    start_pts: Ticks
    """Presentation time of the first frame, in ticks."""
    end_pts: Ticks
    """The end of the last frame: its pts and duration, in ticks."""
    average_rate: Rational
    """Frames in a second, on average."""
    has_b_frames: bool
    """Whether frames are stored in another order than shown."""
    rotation: int = 0
    """Degrees, clockwise, by which players rotate the picture: 0, 90, 180 or 270."""
    display_matrix: tuple[int, ...] | None = None
    """The display matrix behind `rotation`, which may also mirror the picture; absent where it is the identity."""
    sample_aspect_ratio: Rational
    """Width of a pixel to its height."""
    coded_aspect_ratio: Rational | None = None
    """The same by the codec's own headers, which a container may override."""
    colour: Colour
    """How samples become colours."""
    hdr: StaticHdr | None = None
    """Static HDR metadata, where there is some."""
    closed_captions: bool = False
    """Whether pictures carry CEA-608/708 captions."""
    beside: tuple[str, ...] = ()
    """Other side data, by FFmpeg's names, such as `SPHERICAL`, `CLEAN_APERTURE`, and boxes of MP4
    that only their makers read, such as `box moov/udta/GPMF`; sorted."""
    bit_rate: Count | None = None
    """Bits in a second."""
    tracks: tuple[Track, ...] = ()
    """All other streams."""
    chapters: Count = 0
    """How many there are."""
    index_sha256: Sha256
    """Digest of the npz with the frame tables."""


class ImageInfo(Part):
    """One still image. Width and height are as stored, before EXIF orientation."""

    kind: Literal["image"] = "image"
    """Tells images from videos."""
    format: ImageFormat
    """By content, whatever the file is called."""
    width: int = Field(gt=0)
    """Pixels, as stored."""
    height: int = Field(gt=0)
    """Pixels, as stored."""
    mode: Literal["L", "LA", "RGB", "RGBA"]
    """Channels: greyscale or colour, with or without alpha, palettes expanded."""
    bit_depth: Literal[8, 16]
    """Bits per sample."""
    orientation: int = Field(1, ge=1, le=8)
    """EXIF orientation: how a viewer turns the picture."""
    lossless: bool = True
    """Whether the file holds every sample exactly."""
