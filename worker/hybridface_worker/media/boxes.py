"""The boxes of MP4 and MOV (ISO/IEC 14496-12): the few things that a demuxer does not hand on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

_MAX_BOXES = 100_000
_UNKNOWN = {4: 0xFFFFFFFF, 8: 0xFFFFFFFFFFFFFFFF}


@dataclass(frozen=True)
class Box:
    """One box: `[start, end)` in the file with its header, its content from `body` on."""

    kind: str
    start: int
    body: int
    end: int


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """The boxes side by side in `[start, end)` of the file. One may claim to end behind `end`.

    A box begins with a 32-bit size and a type (4.2); as size, 1 announces a 64-bit one, and 0 means all the rest.
    """
    for _ in range(_MAX_BOXES):
        file.seek(start)
        header = file.read(16)
        if len(header) < 8 or start >= end:
            return
        length, body = int.from_bytes(header[:4], "big"), 8
        if length == 1:
            length, body = int.from_bytes(header[8:16], "big"), 16
        elif length == 0:
            length = end - start
        if length < body:
            return
        yield Box(header[4:8].decode("latin-1"), start, start + body, start + length)
        start += length


def presented_end(file: BinaryIO, size: int, track: int) -> Fraction | None:
    """When the presentation of a track ends, in seconds: the sum of its edits (8.3.2), None where it is not told."""
    movie = next((box for box in boxes(file, 0, size) if box.kind == "moov"), None)
    if movie is None:
        return None
    timescale = 0
    for box in boxes(file, movie.body, movie.end):
        if box.kind == "mvhd":
            _, timescale, _ = _times(file, box, reserved=0)
        if box.kind == "trak":
            header = next((inner for inner in boxes(file, box.body, box.end) if inner.kind == "tkhd"), None)
            if header is None:
                continue
            width, number, duration = _times(file, header, reserved=4)
            if number == track:
                return Fraction(duration, timescale) if timescale and 0 < duration < _UNKNOWN[width] else None
    return None


def _times(file: BinaryIO, box: Box, *, reserved: int) -> tuple[int, int, int]:
    """Bytes of a time, timescale (`mvhd`) or track number (`tkhd`), and duration: both boxes begin alike."""
    file.seek(box.body)
    data = file.read(4 + 8 + 8 + 4 + reserved + 8)
    width = 8 if data[:1] == b"\x01" else 4
    at = 4 + 2 * width
    number = int.from_bytes(data[at : at + 4], "big")
    at += 4 + reserved
    return width, number, int.from_bytes(data[at : at + width], "big")
