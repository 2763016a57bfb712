"""Boxes put into the sample entry of a finished MP4's video, as cameras and editors write them there."""

from __future__ import annotations

import struct
from pathlib import Path

_PATH = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")


def box(kind: bytes, content: bytes) -> bytes:
    """A box."""
    return struct.pack(">I4s", len(content) + 8, kind) + content


def put_into_entry(path: Path, added: bytes, entry: bytes = b"avc1") -> None:
    """Puts a box at the end of the first entry of that kind. The movie has to be the file's last box."""
    data = bytearray(path.read_bytes())
    at = data.index(entry, data.rindex(b"stsd")) - 4
    end = at + int.from_bytes(data[at : at + 4], "big")
    data[end:end] = added
    for kind in (*_PATH, entry):
        start = data.rindex(kind, 0, at + 8) - 4
        data[start : start + 4] = (int.from_bytes(data[start : start + 4], "big") + len(added)).to_bytes(4, "big")
    path.write_bytes(data)


def clean_aperture(width: int, height: int) -> bytes:
    """Of that size, in the middle (ISO/IEC 14496-12, 12.1.4)."""
    return box(b"clap", struct.pack(">8i", width, 1, height, 1, 0, 1, 0, 1))


SPHERICAL = box(
    b"sv3d",
    box(b"svhd", bytes(4) + b"x\0") + box(b"proj", box(b"prhd", bytes(16)) + box(b"equi", bytes(20))),
)
"""An equirectangular picture all around (Google, "Spherical Video V2 RFC")."""
