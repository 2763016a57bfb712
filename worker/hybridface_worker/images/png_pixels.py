"""The samples of a PNG: libpng (in OpenCV) reads them, FFmpeg writes them, as OpenCV writes no greyscale with alpha.

Neither is given anything but header, palette and picture.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import av
import cv2
import numpy as np

from .errors import truncated, unreadable
from .parts import Pixels

_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column and row, and steps, of the passes of an interlaced picture (Adam7)."""
_PIXEL_FORMATS = {
    (1, 8): "gray", (2, 8): "ya8", (3, 8): "rgb24", (4, 8): "rgba",
    (1, 16): "gray16be", (2, 16): "ya16be", (3, 16): "rgb48be", (4, 16): "rgba64be",
}  # fmt: skip
_RGB_OF_BGR = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}


@dataclass(frozen=True)
class Header:
    """The IHDR chunk."""

    width: int
    height: int
    depth: int
    colour_type: int
    interlaced: bool

    @classmethod
    def of(cls, data: bytes) -> Header:
        """Reads it. Raises InputRefused where it contradicts the standard."""
        if len(data) != 13:
            raise unreadable(f"its header has {len(data)} bytes, not 13")
        width, height, depth, colour_type, compression, filtering, interlace = struct.unpack(">IIBBBBB", data)
        if not (0 < width < 2**31 and 0 < height < 2**31):
            raise unreadable(f"its header says {width}x{height} pixels")
        if depth not in _DEPTHS.get(colour_type, ()) or (compression, filtering) != (0, 0) or interlace > 1:
            raise unreadable("its header names a colour type, depth or method that PNG does not have")
        return cls(width, height, depth, colour_type, interlace == 1)

    @property
    def palette(self) -> bool:
        """Samples are indices of colours."""
        return self.colour_type == 3

    @property
    def keeps_colour_type(self) -> bool:
        """Whether the picture is written back with the colour type and depth that it has."""
        return not self.palette and self.depth >= 8

    def mode(self, *, keyed: bool) -> Literal["L", "LA", "RGB", "RGBA"]:
        """Channels after palettes and colour keys (`tRNS`) have been expanded."""
        if self.colour_type in (0, 4):
            return "LA" if keyed or self.colour_type == 4 else "L"
        return "RGBA" if keyed or self.colour_type == 6 else "RGB"

    def inflated_bytes(self) -> int:
        """Bytes of the picture before compression, with a filter byte per row."""
        passes = _ADAM7 if self.interlaced else ((0, 0, 1, 1),)
        bits = self.depth * _SAMPLES[self.colour_type]
        total = 0
        for left, top, across, down in passes:
            columns = max(0, -(-(self.width - left) // across))
            rows = max(0, -(-(self.height - top) // down))
            total += rows * (1 + -(-columns * bits // 8)) if columns else 0
        return total


def check_complete(header: Header, data: Iterable[bytes]) -> None:
    """Inflates the picture piece by piece and checks its size: decoders show what is missing as black.

    Raises:
        InputRefused: it is shorter than the header says, or damaged.
    """
    expected, found = header.inflated_bytes(), 0
    stream = zlib.decompressobj()
    for piece in data:
        rest = piece
        while rest and found < expected:
            try:
                found += len(stream.decompress(rest, 2**20))
            except zlib.error as error:
                raise unreadable(f"its picture does not inflate ({error})") from None
            rest = stream.unconsumed_tail
    if found < expected:
        raise truncated(f"its picture has {found} of {expected} bytes")


def decode(header: Header, data: bytes, key: bytes | None) -> Pixels:
    """Samples [H, W, C] of a file with nothing but the chunks of the picture; `key` is the content of `tRNS`."""
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise unreadable(f"its picture does not decode ({error.err})") from None
    if decoded is None or decoded.shape[:2] != (header.height, header.width):
        raise unreadable("its picture does not decode")
    stored: Any = decoded.reshape(header.height, header.width, -1)
    order = [0, 3] if header.colour_type == 4 else _RGB_OF_BGR[stored.shape[2]]
    pixels: Pixels = np.ascontiguousarray(stored[..., order])
    return _keyed_grey(header, pixels, key) if key is not None and header.colour_type == 0 else pixels


def encode(pixels: Pixels) -> tuple[bytes, bytes]:
    """Contents of IHDR and IDAT for samples [H, W, C]: lossless, filtered by row, not interlaced."""
    height, width, channels = pixels.shape
    frame = av.VideoFrame(width, height, _PIXEL_FORMATS[channels, 8 * pixels.itemsize])
    plane = frame.planes[0]
    row_bytes = width * channels * pixels.itemsize
    rows = np.frombuffer(memoryview(plane), np.uint8)[: height * plane.line_size].reshape(height, plane.line_size)
    big_endian = np.ascontiguousarray(pixels, pixels.dtype.newbyteorder(">"))
    rows[:, :row_bytes] = big_endian.view(np.uint8).reshape(height, row_bytes)
    encoder = av.VideoCodecContext.create("png", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, frame.format.name
    encoder.time_base, encoder.thread_count, encoder.options = Fraction(1), 1, {"pred": "mixed"}
    coded = b"".join(bytes(packet) for packet in (*encoder.encode(frame), *encoder.encode(None)))
    found = dict.fromkeys((b"IHDR", b"IDAT"), b"")
    at = 8
    while at < len(coded):
        size, kind = struct.unpack_from(">I4s", coded, at)
        if kind in found:
            found[kind] += coded[at + 8 : at + 8 + size]
        at += 12 + size
    return found[b"IHDR"], found[b"IDAT"]


def _keyed_grey(header: Header, pixels: Pixels, key: bytes) -> Pixels:
    """Greyscale with alpha from a colour key, the one transparent value: libpng does not expand it."""
    if len(key) != 2:
        raise unreadable("its transparent colour (tRNS) has the wrong size")
    full = np.iinfo(pixels.dtype).max
    transparent = int.from_bytes(key) * (1 if header.depth == 16 else 255 // (2**header.depth - 1))
    alpha = np.where(pixels == transparent, 0, full).astype(pixels.dtype)
    return np.concatenate([pixels, alpha], axis=2)
