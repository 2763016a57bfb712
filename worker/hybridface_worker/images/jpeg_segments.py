"""Parses the segments of a JPEG stream, and decides which application segments a rewritten picture carries.

Carried are density, EXIF, XMP, the colour profile, IPTC and comments, without previews, which show the original, and
without XMP about what is left out. Left out are further pictures (MPF), signatures over the old bytes (JUMBF) and
proprietary data.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.reasons import Reason

from . import exif, xmp
from .errors import truncated, unreadable

SOI, EOI, SOS = b"\xff\xd8", 0xD9, 0xDA
APP0, APP1, APP2, APP13, APP14, APP15, COM = 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xEF, 0xFE

JFIF, ADOBE, EXIF, XMP = b"JFIF\0", b"Adobe", b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
ICC, PHOTOSHOP = b"ICC_PROFILE\0", b"Photoshop 3.0\0"
MAX_BYTES = 65533
_NAMES = {
    b"JFXX\0": "JFIF thumbnail",
    b"http://ns.adobe.com/xmp/extension/\0": "extended XMP",
    b"MPF\0": "further pictures (MPF)",
    b"FPXR\0": "FlashPix data",
    PHOTOSHOP: "Photoshop resources",
    b"JP": "signed provenance or other boxes (JUMBF)",
}
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_MAX_SEGMENTS = 10_000
_MAX_SCANS = 100
"""Progressive pictures have about ten; each scan costs the decoder a walk over the whole picture."""
_PREVIEW_RESOURCES = frozenset({1033, 1036})


@dataclass(frozen=True)
class Segment:
    """A marker with its content, without the length."""

    marker: int
    data: bytes

    def packed(self) -> bytes:
        """As it stands in a stream."""
        return struct.pack(">BBH", 0xFF, self.marker, len(self.data) + 2) + self.data

    @property
    def application(self) -> bool:
        """Whether it is an application segment or a comment."""
        return APP0 <= self.marker <= APP15 or self.marker == COM

    @property
    def name(self) -> str:
        """For messages."""
        for prefix, name in _NAMES.items():
            if self.data.startswith(prefix):
                return name
        return "comment" if self.marker == COM else f"application segment {self.marker - APP0}"


@dataclass(frozen=True)
class Stream:
    """Segments before the first scan, and everything from there to the end of the picture."""

    segments: tuple[Segment, ...]
    scans: bytes
    trailing: bool
    """Whether bytes follow the picture's end: further pictures, or a motion photo's video."""


def split(data: bytes) -> Stream:
    """Walks all markers to the end of the picture.

    Raises:
        InputRefused: it ends early, has no marker where one belongs, or too many scans or segments.
    """
    segments: list[Segment] = []
    scans: list[int] = []
    at = len(SOI)
    while True:
        start = at
        marker, at = _marker(data, at)
        if marker == EOI:
            break
        if marker in _STANDALONE:
            continue
        content = at + 2
        at = _end_of_segment(data, at)
        if marker == SOS:
            scans.append(start)
            following = _NEXT_MARKER.search(data, at)
            if following is None:
                raise truncated(f"the scan at byte {start} has no end")
            at = following.start()
        elif not scans:
            segments.append(Segment(marker, data[content:at]))
        if len(scans) > _MAX_SCANS or len(segments) > _MAX_SEGMENTS:
            raise InputRefused(
                Reason.LIMIT_EXCEEDED, f"the JPEG has over {_MAX_SCANS} scans or {_MAX_SEGMENTS} segments"
            )
    if not scans:
        raise unreadable("there is no picture before its end")
    return Stream(tuple(segments), data[scans[0] : at], at < len(data))


def carried(segment: Segment) -> Segment | None:
    """An application segment as a rewritten picture carries it; None if it is left out."""
    marker, data = segment.marker, segment.data
    if marker == APP0 and data.startswith(JFIF) and len(data) >= 14:
        return Segment(APP0, data[:12] + bytes(2))
    if marker == APP1 and data.startswith(EXIF):
        return Segment(APP1, EXIF + exif.without_previews(data[len(EXIF) :]))
    if marker == APP1 and data.startswith(XMP):
        return Segment(APP1, xmp.cleaned(data))
    if marker == APP13 and data.startswith(PHOTOSHOP):
        resources = _without_previews(data[len(PHOTOSHOP) :])
        return None if resources is None else Segment(APP13, PHOTOSHOP + resources)
    kept = marker == COM or (marker == APP14 and data.startswith(ADOBE)) or (marker == APP2 and data.startswith(ICC))
    return segment if kept else None


def read_icc(segments: Iterable[Segment]) -> bytes | None:
    """The colour profile, joined from its numbered pieces; None where one is missing."""
    pieces: dict[int, bytes] = {}
    count = 0
    for segment in segments:
        if segment.marker == APP2 and segment.data.startswith(ICC) and len(segment.data) >= len(ICC) + 2:
            number, count = segment.data[len(ICC)], segment.data[len(ICC) + 1]
            pieces[number] = segment.data[len(ICC) + 2 :]
    complete = count > 0 and sorted(pieces) == list(range(1, count + 1))
    return b"".join(pieces[number] for number in sorted(pieces)) if complete else None


def icc_segments(icc: bytes) -> list[Segment]:
    """A colour profile in as many segments as it takes."""
    room = MAX_BYTES - len(ICC) - 2
    pieces = [icc[at : at + room] for at in range(0, len(icc), room)]
    return [Segment(APP2, ICC + bytes((i + 1, len(pieces))) + piece) for i, piece in enumerate(pieces)]


def _marker(data: bytes, at: int) -> tuple[int, int]:
    """The marker at `at`, after any number of fill bytes, and where its content starts."""
    if at < len(data) and data[at] != 0xFF:
        raise unreadable(f"at byte {at} there is no marker")
    while at < len(data) and data[at] == 0xFF:
        at += 1
    if at >= len(data):
        raise truncated(f"after {len(data)} bytes, without an end marker")
    return data[at], at + 1


def _end_of_segment(data: bytes, at: int) -> int:
    length = int.from_bytes(data[at : at + 2])
    if at + max(length, 2) > len(data):
        raise truncated(f"the segment at byte {at} reaches beyond the {len(data)} bytes that are there")
    if length < 2:
        raise unreadable(f"the segment at byte {at} has an impossible length")
    return at + length


def _without_previews(resources: bytes) -> bytes | None:
    """Photoshop's resources without thumbnails; None where they cannot be parsed."""
    kept, at = b"", 0
    while at + 12 <= len(resources):
        name = resources[at + 6]
        size_at = at + 6 + (name + 2) // 2 * 2
        size = int.from_bytes(resources[size_at : size_at + 4])
        end = size_at + 4 + (size + 1) // 2 * 2
        if resources[at : at + 4] != b"8BIM" or end > len(resources) + 1:
            return None
        if int.from_bytes(resources[at + 4 : at + 6]) not in _PREVIEW_RESOURCES:
            kept += resources[at:end]
        at = end
    return kept
