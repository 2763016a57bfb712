"""PNG (ISO/IEC 15948), chunk by chunk: only the picture reaches a decoder; metadata is carried as stored.

Palettes and colour keys are expanded to RGB or RGBA, 2- and 4-bit greyscale to 8 bits: a swapped face does not fit
into 256 colours. Compressed text and profiles are carried without being inflated, so that they cannot be bombs.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.media import ImageInfo
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import ImageFormat

from . import exif, png_pixels
from . import xmp as packets
from .errors import animated, not_supported, truncated, unreadable
from .parts import Metadata, Pixels, listed

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_KEPT = frozenset({b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"cICP", b"mDCV", b"cLLI", b"pHYs", b"tIME"})
_KEPT_WITH_MODE = frozenset({b"sBIT", b"bKGD"})
"""Their layout follows the colour type: kept where that stays."""
_TEXT = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_RAW_PROFILE = b"Raw profile type"
"""ImageMagick stores EXIF, XMP and IPTC in such text: it may hold previews."""
_XMP = b"XML:com.adobe.xmp"
_COLOUR = frozenset({b"gAMA", b"cHRM", b"cICP", b"mDCV", b"cLLI"})
_MAX_CHUNKS = 1_000_000
_MAX_INFLATED = 16 * 2**20


@dataclass(frozen=True)
class Chunk:
    """One chunk without length and checksum."""

    kind: bytes
    data: bytes

    def packed(self) -> bytes:
        """As it stands in a file."""
        checksum = zlib.crc32(self.data, zlib.crc32(self.kind))
        return struct.pack(">I", len(self.data)) + self.kind + self.data + struct.pack(">I", checksum)

    @property
    def name(self) -> str:
        """For messages."""
        return self.kind.decode("latin-1")


@dataclass(frozen=True)
class PngParts:
    """A parsed PNG file."""

    header: png_pixels.Header
    chunks: tuple[Chunk, ...]
    trailing: bool

    @property
    def info(self) -> ImageInfo:
        """Size, mode, depth and orientation."""
        return ImageInfo(
            format=ImageFormat.PNG,
            width=self.header.width,
            height=self.header.height,
            mode=self.header.mode(keyed=self._key is not None),
            bit_depth=16 if self.header.depth == 16 else 8,
            orientation=exif.orientation(self._exif()),
            lossless=True,
        )

    @property
    def left_out(self) -> tuple[str, ...]:
        """Chunks that `encode` drops, and data after the end."""
        expanded = frozenset({b"tRNS", b"PLTE"})
        names = {
            chunk.name for chunk in self.chunks if chunk.kind not in _CRITICAL | expanded and not self._keeps(chunk)
        }
        for chunk in filter(_is_xmp, self.chunks):
            names.update(packets.lost_of(_text_of(chunk)))
        return listed(names, trailing=self.trailing)

    def metadata(self) -> tuple[Metadata, tuple[str, ...]]:
        """Profile, EXIF and XMP; text, density, time and other descriptions of colour are PNG's own."""
        icc = self._icc()
        carried = {b"iCCP"} if icc is not None else set()
        lost = {chunk.name for chunk in self.chunks if chunk.kind in _KEPT | _TEXT and not _is_xmp(chunk)}
        lost -= {kind.decode() for kind in carried | {b"sRGB"}}
        if icc is not None:
            lost -= {kind.decode() for kind in _COLOUR}
        return Metadata.cleaned(icc, self._exif(), self._xmp()), tuple(sorted(lost))

    def decode(self) -> Pixels:
        """The samples; see `Parts`."""
        png_pixels.check_complete(self.header, (chunk.data for chunk in self.chunks if chunk.kind == b"IDAT"))
        picture = b"".join(chunk.packed() for chunk in self.chunks if chunk.kind in _CRITICAL | {b"tRNS"})
        return png_pixels.decode(self.header, SIGNATURE + picture, self._key.data if self._key else None)

    def encode(self, pixels: Pixels) -> bytes:
        """The same bit depth, every sample as given, and the chunks in their places around the picture."""
        kinds = [chunk.kind for chunk in self.chunks]
        at = kinds.index(b"IDAT")
        before = [_cleaned(chunk) for chunk in self.chunks[:at] if self._keeps(chunk)]
        after = [_cleaned(chunk) for chunk in self.chunks[at:] if self._keeps(chunk)]
        return build(pixels, before, after)

    def _keeps(self, chunk: Chunk) -> bool:
        if chunk.kind in _CRITICAL or (chunk.kind in _TEXT and chunk.data.startswith(_RAW_PROFILE)):
            return False
        if _is_xmp(chunk):
            return _text_of(chunk) is not None
        if chunk.kind in _KEPT_WITH_MODE:
            return self.header.keeps_colour_type and self._key is None
        safe_to_copy = bool(chunk.kind[3] & 0x20)
        return chunk.kind in _KEPT or chunk.kind == b"eXIf" or (safe_to_copy and chunk.kind != b"tRNS")

    @cached_property
    def _key(self) -> Chunk | None:
        """The transparent colours (tRNS). Cached, since it is needed for each of very many chunks."""
        return self._first(b"tRNS")

    def _first(self, kind: bytes) -> Chunk | None:
        return next((chunk for chunk in self.chunks if chunk.kind == kind), None)

    def _exif(self) -> bytes | None:
        chunk = self._first(b"eXIf")
        return chunk.data if chunk else None

    def _icc(self) -> bytes | None:
        chunk = self._first(b"iCCP")
        return _inflated(chunk.data.partition(b"\0")[2][1:]) if chunk else None

    def _xmp(self) -> bytes | None:
        chunk = next((chunk for chunk in self.chunks if _is_xmp(chunk)), None)
        return _text_of(chunk) if chunk else None


def parse(data: bytes) -> PngParts:
    """Parses a file; every checksum is checked.

    Raises:
        InputRefused: it ends early, is damaged, animated, or has one bit per sample.
    """
    chunks: list[Chunk] = []
    at = len(SIGNATURE)
    while not chunks or chunks[-1].kind != b"IEND":
        if len(chunks) >= _MAX_CHUNKS:
            raise InputRefused(Reason.LIMIT_EXCEEDED, f"the PNG has more than {_MAX_CHUNKS} chunks; write it anew")
        if at + 12 > len(data):
            raise truncated(f"after {len(data)} bytes, without its last chunk")
        size, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + size
        if end > len(data):
            raise truncated(f"chunk {kind!r} at byte {at} has {size} bytes, {len(data) - at - 12} are there")
        body = data[at + 8 : end - 4]
        if zlib.crc32(body, zlib.crc32(kind)) != struct.unpack_from(">I", data, end - 4)[0]:
            raise unreadable(f"the checksum of chunk {kind!r} at byte {at} is wrong")
        chunks.append(Chunk(kind, body))
        at = end
    return _checked(tuple(chunks), trailing=at < len(data))


def carrying(metadata: Metadata) -> list[Chunk]:
    """Chunks for another format's metadata."""
    chunks = []
    if metadata.icc is not None:
        chunks.append(Chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(metadata.icc, 9)))
    if metadata.exif is not None:
        chunks.append(Chunk(b"eXIf", metadata.exif))
    if metadata.xmp is not None:
        chunks.append(_xmp_chunk(metadata.xmp))
    return chunks


def build(pixels: Pixels, before: Iterable[Chunk] = (), after: Iterable[Chunk] = ()) -> bytes:
    """A file of samples, with the chunks before and after them."""
    header, coded = png_pixels.encode(pixels)
    chunks = [Chunk(b"IHDR", header), *before, Chunk(b"IDAT", coded), *after, Chunk(b"IEND", b"")]
    return SIGNATURE + b"".join(chunk.packed() for chunk in chunks)


def _checked(chunks: tuple[Chunk, ...], *, trailing: bool) -> PngParts:
    kinds = [chunk.kind for chunk in chunks]
    if kinds[0] != b"IHDR" or b"IDAT" not in kinds or kinds.count(b"IHDR") > 1:
        raise unreadable("its header or its picture is missing")
    if b"acTL" in kinds:
        raise animated("the PNG")
    unknown = next((kind for kind in kinds if kind[0] < ord("a") and kind not in _CRITICAL), None)
    if unknown is not None:
        raise unreadable(f"it needs chunk {unknown!r}, which is in no standard")
    header = png_pixels.Header.of(chunks[0].data)
    if header.depth == 1 and not header.palette:
        raise not_supported("the PNG has one bit per sample, black or white")
    return PngParts(header, chunks, trailing)


def _cleaned(chunk: Chunk) -> Chunk:
    if chunk.kind == b"eXIf":
        return Chunk(b"eXIf", exif.without_previews(chunk.data))
    text = _text_of(chunk) if _is_xmp(chunk) else None
    if text is not None and (kept := packets.cleaned(text)) != text:
        return _xmp_chunk(kept)
    return chunk


def _is_xmp(chunk: Chunk) -> bool:
    return chunk.kind == b"iTXt" and chunk.data.startswith(_XMP + b"\0")


def _xmp_chunk(xmp: bytes) -> Chunk:
    return Chunk(b"iTXt", _XMP + b"\0\0\0\0\0" + xmp)


def _text_of(chunk: Chunk) -> bytes | None:
    """Text of an iTXt chunk: keyword, compressed, method, language, translated keyword, text."""
    fields = chunk.data.partition(b"\0")[2]
    text = fields[2:].partition(b"\0")[2].partition(b"\0")[2]
    return _inflated(text) if fields[:1] == b"\1" else text


def _inflated(data: bytes) -> bytes | None:
    """Inflated data; None where it is broken or a bomb."""
    stream = zlib.decompressobj()
    try:
        inflated = stream.decompress(data, _MAX_INFLATED)
    except zlib.error:
        return None
    return inflated if stream.eof else None
