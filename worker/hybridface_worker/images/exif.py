"""EXIF: the orientation, and the removal of previews, which show the original picture.

EXIF is a TIFF structure (JEITA CP-3451). It is changed in place and nothing moves, so that offsets inside maker
notes stay valid.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass

_PREFIX = b"Exif\x00\x00"
_ORIENTATION = 0x0112
_JPEG_PREVIEW = (0x0201, 0x0202)
_STRIPS = (0x0111, 0x0117)
_MAX_ENTRIES = 1000
_MAX_VALUES = 65_536
"""Of one entry: any number of entries may claim the whole file."""
_JPEG_START, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"


def without_prefix(data: bytes) -> bytes:
    """The TIFF structure without the prefix `Exif`, which JPEG and some writers of WebP and PNG add."""
    return data.removeprefix(_PREFIX)


def orientation(exif: bytes | None) -> int:
    """The orientation, 1 to 8; 1 where there is none or the structure is broken."""
    try:
        tiff = _Tiff.of(without_prefix(exif or b""))
        for _, values in tiff.entries(tiff.first(), (_ORIENTATION,)):
            if values and 1 <= values[0] <= 8:
                return values[0]
    except (struct.error, ValueError):
        pass
    return 1


def without_previews(exif: bytes) -> bytes:
    """The structure with its thumbnail directory unlinked and every embedded preview zeroed.

    Previews in maker notes have no standard place; they are found as JPEG streams.
    """
    data = bytearray(exif)
    with contextlib.suppress(struct.error, ValueError):
        _unlink_thumbnail(data)
    _zero_embedded_pictures(data)
    return bytes(data)


def _zero_embedded_pictures(data: bytearray) -> None:
    """From the start of each JPEG stream to the next end marker, in one pass."""
    at = 0
    while (start := data.find(_JPEG_START, at)) >= 0:
        end = data.find(_JPEG_END, start + len(_JPEG_START))
        if end < 0:
            return
        at = end + len(_JPEG_END)
        data[start:at] = bytes(at - start)


def _unlink_thumbnail(data: bytearray) -> None:
    tiff = _Tiff.of(bytes(data))
    link = tiff.link(tiff.first())
    directory = tiff.number("I", link)
    if directory == 0:
        return
    found = dict(tiff.entries(directory, (*_JPEG_PREVIEW, *_STRIPS)))
    for offsets, sizes in (_JPEG_PREVIEW, _STRIPS):
        done = 0
        for start, size in sorted(zip(found.get(offsets, ()), found.get(sizes, ()), strict=False)):  # they may overlap
            first, end = max(start, done), min(start + size, len(data))
            data[first:end] = bytes(max(end - first, 0))
            done = max(done, end)
    data[link : link + 4] = bytes(4)


@dataclass(frozen=True)
class _Tiff:
    """Reads of a TIFF structure; every one raises struct.error beyond its end."""

    data: bytes
    order: str

    @classmethod
    def of(cls, data: bytes) -> _Tiff:
        orders = {b"II*\x00": "<", b"MM\x00*": ">"}
        if data[:4] not in orders:
            raise ValueError("no TIFF structure")
        return cls(data, orders[data[:4]])

    def number(self, code: str, offset: int) -> int:
        value: int = struct.unpack_from(self.order + code, self.data, offset)[0]
        return value

    def first(self) -> int:
        return self.number("I", 4)

    def link(self, directory: int) -> int:
        """Position of the offset of the next directory."""
        return directory + 2 + 12 * self.number("H", directory)

    def entries(self, directory: int, wanted: Collection[int]) -> Iterator[tuple[int, list[int]]]:
        """These of its tags with their values, as far as those are whole numbers of 16 or 32 bits."""
        count = self.number("H", directory)
        if count > _MAX_ENTRIES:
            raise ValueError("too many entries")
        for at in range(directory + 2, directory + 2 + 12 * count, 12):
            tag, kind, values = struct.unpack_from(self.order + "HHI", self.data, at)
            code = {3: "H", 4: "I"}.get(kind)
            if tag not in wanted or code is None or values > _MAX_VALUES:
                continue
            inline = values * struct.calcsize("=" + code) <= 4
            where = at + 8 if inline else self.number("I", at + 8)
            yield tag, list(struct.unpack_from(f"{self.order}{values}{code}", self.data, where))
