"""WebP (RFC 9649): the picture by libwebp (in Pillow); profile, EXIF and XMP carried chunk by chunk.

What was lossless is written losslessly, samples under full transparency included. Lossy files do not record their
quality, and are written at `QUALITY`.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

import numpy as np
from PIL import Image, WebPImagePlugin

from hybridface_worker.contract.media import ImageInfo
from hybridface_worker.contract.spec import ImageFormat

from . import exif, xmp
from .errors import animated, truncated, unreadable
from .parts import CHANNELS, Metadata, Pixels, listed

QUALITY = 95
MOST_PIXELS = 16_383
"""Of a side: it has 14 bits (RFC 9649)."""
_METHOD = 4
_VP8X_ALPHA, _VP8X_ANIMATION = 0x10, 0x02
_PICTURE = (b"VP8 ", b"VP8L")
_CARRIED = frozenset({b"VP8X", b"ALPH", b"VP8 ", b"VP8L", b"ICCP", b"EXIF", b"XMP "})
_MAX_CHUNKS = 10_000


@dataclass(frozen=True)
class WebpParts:
    """A parsed WebP file."""

    chunks: dict[bytes, bytes]
    width: int
    height: int
    alpha: bool
    trailing: bool

    @property
    def info(self) -> ImageInfo:
        """Size, mode, orientation, and whether coding was lossless."""
        return ImageInfo(
            format=ImageFormat.WEBP,
            width=self.width,
            height=self.height,
            mode="RGBA" if self.alpha else "RGB",
            bit_depth=8,
            orientation=exif.orientation(self.chunks.get(b"EXIF")),
            lossless=b"VP8L" in self.chunks,
        )

    @property
    def left_out(self) -> tuple[str, ...]:
        """Chunks that `encode` drops, and data after the end."""
        names = {kind.decode("latin-1").strip() for kind in self.chunks if kind not in _CARRIED}
        names.update(xmp.lost_of(self.chunks.get(b"XMP ")))
        return listed(names, trailing=self.trailing)

    def metadata(self) -> tuple[Metadata, tuple[str, ...]]:
        """Profile, EXIF and XMP: all there is."""
        return Metadata.cleaned(*(self.chunks.get(kind) for kind in (b"ICCP", b"EXIF", b"XMP "))), ()

    def decode(self) -> Pixels:
        """The samples; see `Parts`."""
        try:
            with WebPImagePlugin.WebPImageFile(io.BytesIO(_riff(self._picture()))) as image:
                decoded = np.array(image.convert("RGBA"))
        except (OSError, SyntaxError, ValueError) as error:
            raise unreadable(f"its picture does not decode ({error})") from None
        if decoded.shape[:2] != (self.height, self.width):
            raise unreadable("its picture is not of the size that its header says")
        return np.ascontiguousarray(decoded[..., : CHANNELS[self.info.mode]])

    def encode(self, pixels: Pixels) -> bytes:
        """Lossless where it was, else lossy of `QUALITY`."""
        return build(pixels, self.metadata()[0], lossless=self.info.lossless)

    def _picture(self) -> dict[bytes, bytes]:
        """The chunks of the picture; the extended header declares nothing but alpha."""
        picture = {kind: data for kind, data in self.chunks.items() if kind in (*_PICTURE, b"ALPH")}
        if b"VP8X" not in self.chunks:
            return picture
        header = bytes((self.chunks[b"VP8X"][0] & _VP8X_ALPHA,)) + self.chunks[b"VP8X"][1:]
        return {b"VP8X": header, **picture}


def parse(data: bytes) -> WebpParts:
    """Parses a file.

    Raises:
        InputRefused: it ends early, is damaged, or animated.
    """
    if len(data) < 12:
        raise truncated(f"after {len(data)} bytes")
    end = 8 + struct.unpack_from("<I", data, 4)[0]
    if end > len(data):
        raise truncated(f"its header announces {end} bytes, {len(data)} are there")
    chunks: dict[bytes, bytes] = {}
    at, count = 12, 0
    while at + 8 <= end:
        kind, size = struct.unpack_from("<4sI", data, at)
        if at + 8 + size > end or count >= _MAX_CHUNKS:
            raise unreadable(f"chunk {kind!r} at byte {at} does not fit into the file")
        chunks.setdefault(kind, data[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
        count += 1
    return _checked(chunks, trailing=end + end % 2 < len(data))


def build(pixels: Pixels, metadata: Metadata, *, lossless: bool) -> bytes:
    """A whole file. Greyscale becomes RGB: WebP has no other layout."""
    if pixels.shape[2] < 3:
        grey, alpha = pixels[..., :1], pixels[..., 1:]
        pixels = np.concatenate([np.repeat(grey, 3, axis=2), alpha], axis=2)
    file = io.BytesIO()
    settings = {"quality": 100 if lossless else QUALITY, "alpha_quality": 100, "method": _METHOD, "exact": True}
    carried = {"icc_profile": metadata.icc, "exif": metadata.exif, "xmp": metadata.xmp}
    Image.fromarray(np.ascontiguousarray(pixels)).save(
        file, "WEBP", lossless=lossless, **settings, **{name: value or b"" for name, value in carried.items()}
    )
    return file.getvalue()


def _checked(chunks: dict[bytes, bytes], *, trailing: bool) -> WebpParts:
    extended = chunks.get(b"VP8X")
    if extended is not None and len(extended) < 10:
        raise unreadable("its extended header is too short")
    if b"ANIM" in chunks or b"ANMF" in chunks or (extended and extended[0] & _VP8X_ANIMATION):
        raise animated("the WebP")
    if (b"VP8 " in chunks) == (b"VP8L" in chunks):
        raise unreadable("it has no picture, or two")
    width, height, alpha = _lossless_header(chunks[b"VP8L"]) if b"VP8L" in chunks else _lossy_header(chunks[b"VP8 "])
    if extended is not None:
        canvas = tuple(1 + int.from_bytes(extended[at : at + 3], "little") for at in (4, 7))
        if canvas != (width, height):
            raise unreadable(f"its canvas is {canvas[0]}x{canvas[1]}, its picture {width}x{height}")
        alpha = alpha or (b"ALPH" in chunks and bool(extended[0] & _VP8X_ALPHA))
    return WebpParts(chunks, width, height, alpha, trailing)


def _lossy_header(data: bytes) -> tuple[int, int, bool]:
    """RFC 6386, section 9.1."""
    if len(data) < 10 or data[3:6] != b"\x9d\x01\x2a" or data[0] & 1:
        raise unreadable("its picture does not begin with a key frame")
    width, height = struct.unpack_from("<HH", data, 6)
    if not width & 0x3FFF or not height & 0x3FFF:
        raise unreadable("its picture has no width or height")
    return width & 0x3FFF, height & 0x3FFF, False


def _lossless_header(data: bytes) -> tuple[int, int, bool]:
    """RFC 9649, section 3.4."""
    if len(data) < 5 or data[0] != 0x2F:
        raise unreadable("its lossless picture does not begin as one")
    bits = int.from_bytes(data[1:5], "little")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bool(bits >> 28 & 1)


def _riff(chunks: dict[bytes, bytes]) -> bytes:
    body = b"".join(kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for kind, data in chunks.items())
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body
