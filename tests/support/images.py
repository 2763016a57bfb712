"""Still images for tests, made by Pillow, OpenCV and a PNG writer of the tests' own: never by the code under test."""

from __future__ import annotations

import functools
import io
import struct
import zlib
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageCms

from hybridface_worker.contract.spec import ImageFormat

CHANNELS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}
MODES = {"jpeg": ("L", "RGB"), "png": ("L", "LA", "RGB", "RGBA"), "webp": ("RGB", "RGBA")}
COLOUR_TYPES = {"L": 0, "LA": 4, "RGB": 2, "RGBA": 6}
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>'

_STORED_FROM_UPRIGHT = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.swapaxes(0, 1),
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: upright[::-1, ::-1].swapaxes(0, 1),
    8: lambda upright: np.rot90(upright, -1),
}


@functools.cache
def icc() -> bytes:
    """An sRGB profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def noise(mode: str = "RGB", depth: int = 8, *, width: int = 31, height: int = 21, seed: int = 0):
    """Random samples [H, W, C] over the whole range of the depth, alpha too."""
    shape = (height, width, CHANNELS[mode])
    return np.random.default_rng(seed).integers(0, 2**depth, shape, dtype=np.uint16 if depth == 16 else np.uint8)


def slope(mode: str = "RGB", *, width: int = 96, height: int = 64):
    """Smooth samples [H, W, C] of 8 bits, such as lossy codecs are made for."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [120 + 90 * np.sin((x * (3 + c) + y * (5 - c)) / 60) for c in range(CHANNELS[mode])]
    return np.stack(planes, axis=2).astype(np.uint8)


def exif(orientation: int = 1, *, thumbnail: bytes = b"", note: bytes = b"", big_endian: bool = False) -> bytes:
    """A TIFF structure with an orientation, a vendor's note and, with a thumbnail, a second directory for it."""
    order = ">" if big_endian else "<"

    def entry(tag: int, kind: int, count: int, value: int) -> bytes:
        short = kind == 3 and count == 1
        return struct.pack(
            order + "HHI" + ("HH" if short else "I"), tag, kind, count, *((value, 0) if short else (value,))
        )

    second = 8 + 2 + 2 * 12 + 4
    data = second + 2 + 2 * 12 + 4
    first_entries = entry(0x0112, 3, 1, orientation) + entry(0x927C, 7, len(note), data)
    second_entries = entry(0x0201, 4, 1, data + len(note)) + entry(0x0202, 4, 1, len(thumbnail))
    count = struct.pack(order + "H", 2)
    head = (b"MM\0*" if big_endian else b"II*\0") + struct.pack(order + "I", 8)
    first = count + first_entries + struct.pack(order + "I", second if thumbnail else 0)
    return head + first + count + second_entries + bytes(4) + note + thumbnail


def chunk(kind: bytes, data: bytes) -> bytes:
    """A PNG chunk."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def raw_png(pixels, colour_type: int, depth: int, *, before: bytes = b"", after: bytes = b"") -> bytes:
    """A PNG of samples or indices [H, W, C], with further chunks before and behind the picture; rows unfiltered."""
    height, width = pixels.shape[:2]
    if depth < 8:
        bits = (pixels.reshape(height, -1, 1) >> np.arange(depth - 1, -1, -1)) & 1
        rows = np.packbits(bits.reshape(height, -1).astype(np.uint8), axis=1)
    else:
        rows = pixels.astype(f">u{depth // 8}").reshape(height, -1).view(np.uint8)
    body = zlib.compress(np.pad(rows, ((0, 0), (1, 0))).tobytes())
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + before + chunk(b"IDAT", body) + after + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def encode(
    pixels, format: ImageFormat, *, orientation: int | None = None, profile: bytes = b"", **options: Any
) -> bytes:
    """A file of samples [H, W, C]. Options are Pillow's, for JPEG and WebP."""
    tiff = exif(orientation) if orientation else b""
    if format is ImageFormat.PNG:
        mode = {channels: name for name, channels in CHANNELS.items()}[pixels.shape[2]]
        before = chunk(b"iCCP", b"icc\0\0" + zlib.compress(profile)) if profile else b""
        before += chunk(b"eXIf", tiff) if tiff else b""
        return raw_png(pixels, COLOUR_TYPES[mode], 8 * pixels.itemsize, before=before)
    image = Image.fromarray(np.ascontiguousarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels))
    beside = {"icc_profile": profile} if profile else {}
    if tiff:
        beside["exif"] = (b"Exif\0\0" if format is ImageFormat.JPEG else b"") + tiff
    file = io.BytesIO()
    image.save(file, format.value, **beside, **({"exact": True} if format is ImageFormat.WEBP else {}), **options)
    return file.getvalue()


def opened(data: bytes) -> Any:
    """The file as Pillow sees it."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def samples(data: bytes):
    """Samples [H, W, C] by Pillow, or by OpenCV where Pillow has no such depth."""
    image = Image.open(io.BytesIO(data))
    if image.format == "PNG" and data[24] == 16:
        stored: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        stored = stored.reshape(*stored.shape[:2], -1)
        return stored[..., {0: [0], 2: [2, 1, 0], 4: [0, 3], 6: [2, 1, 0, 3]}[data[25]]]
    decoded = np.asarray(image)
    return decoded.reshape(*decoded.shape[:2], -1)


def stored(upright, orientation: int):
    """An upright picture [H, W, ...] as a file with that EXIF orientation stores it."""
    return np.ascontiguousarray(_STORED_FROM_UPRIGHT[orientation](upright))


def psnr(first, second) -> float:
    """Peak signal-to-noise ratio in dB, of 8-bit samples."""
    error = np.mean((first.astype(np.float64) - second.astype(np.float64)) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def face(mode: str = "RGB", depth: int = 8, *, width: int = 320, height: int = 240, seed: int = 0):
    """An upright portrait [H, W, C] (scikit-image's astronaut) on a background that differs by seed.

    The face is about a third as high as the picture. Alpha falls off towards the left and right edge.
    """
    import skimage.data

    portrait = skimage.data.astronaut()[0:256, 96:352]
    side = round(height * 0.8)
    background = slope(width=width, height=height) // 2 + np.random.default_rng(seed).integers(0, 90, 3, dtype=np.uint8)
    upright = background.astype(np.uint8)
    left, top = (width - side) // 2, height - side
    upright[top:, left : left + side] = cv2.resize(portrait, (side, side), interpolation=cv2.INTER_AREA)
    if mode in ("L", "LA"):
        upright = cv2.cvtColor(upright, cv2.COLOR_RGB2GRAY)[..., None]
    if mode in ("LA", "RGBA"):
        alpha = np.clip(np.minimum(np.arange(width), np.arange(width)[::-1]) * 8, 0, 255).astype(np.uint8)
        upright = np.dstack([upright, np.broadcast_to(alpha, (height, width))])
    if depth == 16:
        low = np.random.default_rng(seed).integers(0, 256, upright.shape, dtype=np.uint16)
        return upright.astype(np.uint16) * 256 + low
    return upright


def face_still(
    format: ImageFormat = ImageFormat.JPEG, mode: str = "RGB", depth: int = 8, *, orientation: int = 1,
    with_profile: bool = False, seed: int = 0, width: int = 320, height: int = 240, **options,
) -> bytes:  # fmt: skip
    """A file that shows `face` upright to whoever follows its EXIF orientation. `width` and `height` are upright."""
    upright = face(mode, depth, width=width, height=height, seed=seed)
    return encode(
        stored(upright, orientation), format, orientation=orientation, profile=icc() if with_profile else b"", **options
    )
