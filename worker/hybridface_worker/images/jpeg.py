"""JPEG (ITU-T T.81): the picture by libjpeg-turbo (in Pillow), metadata carried segment by segment.

A picture is written with its own quantisation tables, chroma subsampling and colour space, which minimises
generation loss outside of the faces.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, JpegImagePlugin

from hybridface_worker.contract.media import ImageInfo
from hybridface_worker.contract.spec import ImageFormat

from . import exif, xmp
from .errors import not_supported, truncated, unreadable
from .jpeg_segments import (
    ADOBE,
    APP0,
    APP1,
    APP14,
    EXIF,
    JFIF,
    SOI,
    XMP,
    Segment,
    Stream,
    carried,
    icc_segments,
    read_icc,
    split,
)
from .parts import Metadata, Pixels, listed

QUALITY = 95
"""Of pictures that come from another format."""
MOST_PIXELS = 65_500
"""Of a side: libjpeg's JPEG_MAX_DIMENSION, a little below what the format counts to."""
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_CHROMA = {((1, 1), (1, 1)): 0, ((2, 1), (1, 1)): 1, ((2, 2), (1, 1)): 2}
"""Pillow's numbers of 4:4:4, 4:2:2 and 4:2:0. Any other subsampling is written as 4:4:4, which loses less."""


@dataclass(frozen=True)
class Component:
    """One component of the frame header."""

    id: int
    sampling: tuple[int, int]
    table: int


@dataclass(frozen=True)
class Frame:
    """The frame header (SOF)."""

    width: int
    height: int
    progressive: bool
    components: tuple[Component, ...]

    @property
    def chroma(self) -> int:
        """Pillow's number of the chroma subsampling."""
        if len(self.components) == 1:
            return 0
        luma, first, second = (component.sampling for component in self.components)
        return _CHROMA.get((luma, first), 0) if first == second else 0


@dataclass(frozen=True)
class JpegParts:
    """A parsed JPEG file."""

    frame: Frame
    stream: Stream

    @property
    def info(self) -> ImageInfo:
        """Size, mode and orientation."""
        return ImageInfo(
            format=ImageFormat.JPEG,
            width=self.frame.width,
            height=self.frame.height,
            mode="L" if len(self.frame.components) == 1 else "RGB",
            bit_depth=8,
            orientation=exif.orientation(self._first(APP1, EXIF)),
            lossless=False,
        )

    @property
    def left_out(self) -> tuple[str, ...]:
        """Segments that `encode` drops, and data after the end."""
        names = {segment.name for segment in self._applications() if carried(segment) is None}
        names.update(xmp.lost_of(self._first(APP1, XMP)))
        return listed(names, trailing=self.stream.trailing)

    def metadata(self) -> tuple[Metadata, tuple[str, ...]]:
        """Profile, EXIF and XMP; comments, density and IPTC are not handed on."""
        metadata = Metadata.cleaned(read_icc(self.stream.segments), self._first(APP1, EXIF), self._first(APP1, XMP))
        handed_on = (JFIF, ADOBE, EXIF, XMP, b"ICC_PROFILE\0")
        lost = {segment.name for segment in self._applications() if not segment.data.startswith(handed_on)}
        return metadata, tuple(sorted(lost))

    def decode(self) -> Pixels:
        """The samples; see `Parts`."""
        with self._opened() as image:
            try:
                image.load()
            except (OSError, SyntaxError, ValueError) as error:
                raise (truncated if "truncated" in str(error) else unreadable)(
                    f"its picture does not decode ({error})"
                ) from None
            decoded = np.array(image)
        if decoded.shape[:2] != (self.frame.height, self.frame.width):
            raise unreadable("its picture is not of the size that its header says")
        return decoded.reshape(self.frame.height, self.frame.width, -1)

    def encode(self, pixels: Pixels) -> bytes:
        """The picture coded as it was: tables, chroma layout, colour space, progressive or not."""
        with self._opened() as image:
            tables = [image.quantization.get(component.table) for component in self.frame.components]
        if None in tables:
            raise unreadable("a quantisation table is missing")
        if len(tables) == 3 and tables[1] == tables[2]:
            tables.pop()
        coded = _compress(
            pixels,
            progressive=self.frame.progressive,
            qtables=tables,
            subsampling=self.frame.chroma,
            keep_rgb=self._stores_rgb(),
        )
        kept = [segment for segment in map(carried, self._applications()) if segment is not None]
        return _with_segments(coded, kept)

    def _applications(self) -> list[Segment]:
        return [segment for segment in self.stream.segments if segment.application]

    def _first(self, marker: int, prefix: bytes) -> bytes | None:
        for segment in self.stream.segments:
            if segment.marker == marker and segment.data.startswith(prefix):
                return segment.data[len(prefix) :]
        return None

    def _opened(self) -> JpegImagePlugin.JpegImageFile:
        """Pillow's reader over the picture alone, without its global limit of pixels: ours was checked."""
        picture = [segment for segment in self.stream.segments if not segment.application or _tells_colour(segment)]
        data = SOI + b"".join(segment.packed() for segment in picture) + self.stream.scans
        try:
            return JpegImagePlugin.JpegImageFile(io.BytesIO(data))
        except (OSError, SyntaxError, ValueError, struct.error, IndexError) as error:
            raise unreadable(f"its header does not decode ({error})") from None

    def _stores_rgb(self) -> bool:
        """Whether components are R, G and B and not Y, Cb and Cr, by the rules of libjpeg."""
        if len(self.frame.components) != 3 or self._first(APP0, JFIF) is not None:
            return False
        adobe = self._first(APP14, ADOBE)
        if adobe is not None and len(adobe) >= 7:
            return adobe[6] == 0
        return bytes(component.id for component in self.frame.components) == b"RGB"


def parse(data: bytes) -> JpegParts:
    """Parses a file.

    Raises:
        InputRefused: it ends early, is damaged, or holds samples other than 8-bit greyscale or colour.
    """
    stream = split(data)
    headers = [segment for segment in stream.segments if segment.marker in _SOF]
    if len(headers) != 1:
        raise unreadable("it has no frame header, or several")
    return JpegParts(_frame(headers[0]), stream)


def carrying(metadata: Metadata) -> list[Segment]:
    """Segments for another format's metadata."""
    segments = []
    if metadata.exif is not None:
        segments.append(Segment(APP1, EXIF + metadata.exif))
    if metadata.xmp is not None:
        segments.append(Segment(APP1, XMP + metadata.xmp))
    return segments + icc_segments(metadata.icc or b"")


def build(pixels: Pixels, segments: Sequence[Segment] = ()) -> bytes:
    """A new JPEG of quality 95 with full chroma resolution and the given segments."""
    return _with_segments(_compress(pixels, progressive=False, quality=QUALITY, subsampling=0), segments)


def _frame(header: Segment) -> Frame:
    try:
        precision, height, width, count = struct.unpack_from(">BHHB", header.data)
        raw = [struct.unpack_from("BBB", header.data, 6 + 3 * i) for i in range(count)]
    except struct.error:
        raise unreadable("its frame header is too short") from None
    if header.marker not in (0xC0, 0xC1, 0xC2):
        raise not_supported("the JPEG is coded losslessly, hierarchically or arithmetically")
    if precision != 8:
        raise not_supported(f"the JPEG has {precision} bits per sample")
    if count == 4:
        raise not_supported("the JPEG is CMYK")
    if count not in (1, 3) or not width or not height:
        raise unreadable(f"its frame header says {width}x{height} pixels of {count} components")
    components = tuple(Component(name, (sampling >> 4, sampling & 15), table) for name, sampling, table in raw)
    return Frame(width, height, header.marker == 0xC2, components)


def _tells_colour(segment: Segment) -> bool:
    jfif = segment.marker == APP0 and segment.data.startswith(JFIF)
    return jfif or (segment.marker == APP14 and segment.data.startswith(ADOBE))


def _compress(pixels: Pixels, *, progressive: bool, **settings: object) -> bytes:
    """A stream by Pillow: progressive if that fits into its buffer of 2 bytes a pixel; the samples are the same."""
    squeezed = pixels[..., 0] if pixels.shape[2] == 1 else pixels
    image = Image.fromarray(np.ascontiguousarray(squeezed))
    for attempt in (True, False) if progressive else (False,):
        file = io.BytesIO()
        try:
            image.save(file, "JPEG", progressive=attempt, **settings)
        except OSError:
            if not attempt:
                raise
        else:
            break
    return file.getvalue()


def _with_segments(coded: bytes, segments: Sequence[Segment]) -> bytes:
    """The stream with these application segments, and its own JFIF header if they have none."""
    stream = split(coded)
    own = [segment for segment in stream.segments if segment.application]
    if any(_tells_colour(segment) for segment in segments):
        own = []
    picture = [segment for segment in stream.segments if not segment.application]
    return SOI + b"".join(segment.packed() for segment in (*own, *segments, *picture)) + stream.scans
