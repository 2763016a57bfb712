"""Writes the display size, and so the sample aspect ratio, of a Matroska track into the finished file.

PyAV has no way to tell the muxer. So the track's name is written with padding; afterwards the TrackEntry is rebuilt in
place, the display size takes part of the padding and an EBML Void (RFC 8794, 11.3.2) the rest: no other byte moves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

PADDING = " " * 32
"""What is appended to the name of a track that is to get a display size."""

_SEGMENT, _TRACKS, _ENTRY, _VOID = 0x18538067, 0x1654AE6B, 0xAE, 0xEC
_NAME, _TRACK_TYPE, _VIDEO, _DISPLAY_WIDTH, _DISPLAY_HEIGHT, _DISPLAY_UNIT = 0x536E, 0x83, 0xE0, 0x54B0, 0x54BA, 0x54B2
_HEAD_BYTES = 1 << 20


@dataclass(frozen=True)
class _Element:
    id: int
    start: int
    """Of the element's id."""
    body: int
    end: int


def display_size(width: int, height: int, ratio: Fraction) -> tuple[int, int]:
    """DisplayWidth and DisplayHeight in exactly the display aspect ratio; the height is kept where that is possible."""
    wide = width * ratio
    return (int(wide), height) if wide.denominator == 1 else (width * ratio.numerator, height * ratio.denominator)


def write_display_size(path: Path, width: int, height: int) -> None:
    """Sets the display size of the file's first video track, in the padding of its name."""
    with path.open("r+b") as file:
        head = file.read(_HEAD_BYTES)
        entry = next(entry for entry in _entries(head) if _is_video(head, entry))
        content = b"".join(_changed(head, child, width, height) for child in _children(head, entry.body, entry.end))
        room = entry.end - entry.body - len(content)
        file.seek(entry.body)
        file.write(content + _void(room))


def _entries(head: bytes) -> Iterator[_Element]:
    segment = next(element for element in _children(head, 0, len(head)) if element.id == _SEGMENT)
    tracks = next(element for element in _children(head, segment.body, segment.end) if element.id == _TRACKS)
    return (element for element in _children(head, tracks.body, tracks.end) if element.id == _ENTRY)


def _is_video(head: bytes, entry: _Element) -> bool:
    kinds = (child for child in _children(head, entry.body, entry.end) if child.id == _TRACK_TYPE)
    return any(head[kind.body : kind.end] == b"\x01" for kind in kinds)


def _changed(head: bytes, child: _Element, width: int, height: int) -> bytes:
    body = head[child.body : child.end]
    if child.id == _NAME:
        name = body.removesuffix(PADDING.encode())
        return _element(_NAME, name) if name else b""
    if child.id == _VIDEO:
        kept = (part for part in _children(head, child.body, child.end) if part.id != _DISPLAY_UNIT)
        parts = [head[part.start : part.end] for part in kept]
        sizes = ((_DISPLAY_WIDTH, width), (_DISPLAY_HEIGHT, height))
        return _element(_VIDEO, b"".join([*parts, *(_element(id_, value.to_bytes(4, "big")) for id_, value in sizes)]))
    return head[child.start : child.end]


def _children(head: bytes, start: int, end: int) -> Iterator[_Element]:
    while start < min(end, len(head)):
        id_length = 9 - head[start].bit_length()
        size_at = start + id_length
        size_length = 9 - head[size_at].bit_length()
        size = int.from_bytes(head[size_at : size_at + size_length], "big") & (1 << 7 * size_length) - 1
        body = size_at + size_length
        yield _Element(int.from_bytes(head[start:size_at], "big"), start, body, body + size)
        start = body + size


def _element(id_: int, body: bytes) -> bytes:
    return id_.to_bytes((id_.bit_length() + 7) // 8, "big") + (len(body) | 1 << 28).to_bytes(4, "big") + body


def _void(room: int) -> bytes:
    """A Void element of `room` bytes in all, at least nine."""
    return bytes([_VOID]) + (room - 9 | 1 << 56).to_bytes(8, "big") + bytes(room - 9)
