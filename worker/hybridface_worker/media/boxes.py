"""The boxes of MP4 and MOV (ISO/IEC 14496-12): what FFmpeg's demuxer does not expose."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import BinaryIO

_MAX_BOXES = 100_000
_MAX_NAMED = 20
_READ = frozenset({"albm", "auth", "chpl", "cprt", "date", "dscp", "gnre", "kywd", "loci", "manu", "meta", "modl"}) | {
    *("name", "perf", "titl", "yrrc"),
    *("free", "hinf", "hnti", "skip"),
}
"""User data that the demuxer exposes, beside boxes that begin with ©, or that says nothing about the movie."""
_UNKNOWN = {4: 0xFFFFFFFF, 8: 0xFFFFFFFFFFFFFFFF}


@dataclass(frozen=True)
class Box:
    """One box: `[start, end)` in the file with its header, its content from `body` on."""

    kind: str
    start: int
    body: int
    end: int


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """The boxes side by side in `[start, end)` of the file. The last may claim to end after `end`.

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
    """The end of a track's presentation in seconds: the sum of its edits (8.3.2); None where the file does not say."""
    header = _inside(file, _movie(file, size), "mvhd")
    own = _inside(file, _track(file, size, track), "tkhd")
    if header is None or own is None:
        return None
    _, timescale, _ = _times(file, header, reserved=0)
    width, _, duration = _times(file, own, reserved=4)
    return Fraction(duration, timescale) if timescale and 0 < duration < _UNKNOWN[width] else None


def has_clean_aperture(file: BinaryIO, size: int, track: int) -> bool:
    """Whether a video track has a clean aperture (`clap`, 12.1.4) smaller than its pictures: players crop to it."""
    entry = next(_sample_entries(file, _track(file, size, track)), None)
    parts = boxes(file, entry.body + 78, entry.end) if entry else ()
    aperture = next((box for box in parts if box.kind == "clap"), None)
    if entry is None or aperture is None:
        return False
    picture, shown = _numbers(file, entry.body + 24, ">HH"), _numbers(file, aperture.body, ">4I")
    pairs = zip(picture, shown[::2], shown[1::2], strict=False)
    return any(below and Fraction(above, below) < side for side, above, below in pairs)


def encrypted_tracks(file: BinaryIO, size: int) -> tuple[int, ...]:
    """Numbers of tracks whose samples are encrypted (8.12): their sample entries are `encv`, `enca` and so on."""
    return tuple(
        number
        for number, track in _tracks(file, size)
        if any(entry.kind.startswith("enc") for entry in _sample_entries(file, track))
    )


def unread(file: BinaryIO, size: int) -> frozenset[str]:
    """Paths of boxes with metadata of the whole file that no demuxer exposes: vendors' user data, XMP, uuid boxes."""
    movie = _movie(file, size)
    found = dict.fromkeys(box.kind for box in boxes(file, 0, size) if box.kind in {"uuid", "meta", "udta"})
    for part in list(boxes(file, movie.body, movie.end)) if movie else ():
        if part.kind == "uuid":
            found["moov/uuid"] = None
        for box in list(boxes(file, part.body, part.end - 8)) if part.kind == "udta" else ():
            if box.kind not in _READ and not box.kind.startswith("©"):
                name = box.kind if box.kind.isprintable() else box.kind.encode("latin-1").hex()
                found[f"moov/udta/{name}"] = None
    return frozenset(list(found)[:_MAX_NAMED])


def _movie(file: BinaryIO, size: int) -> Box | None:
    return _inside(file, Box("", 0, 0, size), "moov")


def _track(file: BinaryIO, size: int, number: int) -> Box | None:
    return next((track for own, track in _tracks(file, size) if own == number), None)


def _tracks(file: BinaryIO, size: int) -> list[tuple[int, Box]]:
    """The movie's tracks with their numbers."""
    movie = _movie(file, size)
    tracks = [box for box in boxes(file, movie.body, movie.end) if box.kind == "trak"] if movie else []
    headers = [(_inside(file, track, "tkhd"), track) for track in tracks]
    return [(_times(file, header, reserved=4)[1], track) for header, track in headers if header]


def _sample_entries(file: BinaryIO, track: Box | None) -> Iterator[Box]:
    """How a track's samples are coded (8.5.2)."""
    table = _inside(file, track, "mdia", "minf", "stbl", "stsd")
    return boxes(file, table.body + 8, table.end) if table else iter(())


def _inside(file: BinaryIO, box: Box | None, *kinds: str) -> Box | None:
    """The first descendant along a path of kinds, each clipped to the end of its parent."""
    for kind in kinds:
        if box is None:
            return None
        outer = box.end
        box = next((inner for inner in boxes(file, box.body, outer) if inner.kind == kind), None)
        box = replace(box, end=min(box.end, outer)) if box else None
    return box


def _numbers(file: BinaryIO, at: int, layout: str) -> tuple[int, ...]:
    """Integers at a position; zeros beyond the end of the file."""
    file.seek(at)
    wanted = struct.calcsize(layout)
    return struct.unpack(layout, file.read(wanted).ljust(wanted, b"\0"))


def _times(file: BinaryIO, box: Box, *, reserved: int) -> tuple[int, int, int]:
    """Bytes of a time field; timescale (`mvhd`) or track number (`tkhd`); duration. Both boxes begin alike."""
    file.seek(box.body)
    data = file.read(4 + 8 + 8 + 4 + reserved + 8)
    width = 8 if data[:1] == b"\x01" else 4
    at = 4 + 2 * width
    number = int.from_bytes(data[at : at + 4], "big")
    at += 4 + reserved
    return width, number, int.from_bytes(data[at : at + width], "big")
