"""Probes an image file by its headers, without decoding. Limits are checked first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hybridface_worker.contract.media import ImageInfo
from hybridface_worker.contract.spec import ImageFormat, Limits

from . import jpeg, png, webp
from .parts import Parts

_PARSERS: Mapping[ImageFormat, Callable[[bytes], Parts]] = {
    ImageFormat.JPEG: jpeg.parse,
    ImageFormat.PNG: png.parse,
    ImageFormat.WEBP: webp.parse,
}


def probe_image(data: bytes, format: ImageFormat, limits: Limits) -> ImageInfo:
    """Size as stored, mode, depth, EXIF orientation, and whether the file is lossless.

    Raises:
        InputRefused: LIMIT_EXCEEDED for too many bytes or pixels; INPUT_TRUNCATED or INPUT_UNREADABLE for what the
            structure alone shows to be broken; FORMAT_NOT_ALLOWED for an animation; PIXEL_FORMAT_NOT_SUPPORTED for
            CMYK, samples of 1 bit in greyscale, and 12 bits in JPEG.
    """
    if len(data) > limits.max_image_bytes:
        raise limits.exceeded(f"the image has {len(data)} bytes", "max_image_bytes")
    info = take_apart(data, format).info
    if info.width * info.height > limits.max_pixels:
        raise limits.exceeded(
            f"the image has {info.width}x{info.height} pixels", "max_pixels", advice="make it smaller, or "
        )
    return info


def take_apart(data: bytes, format: ImageFormat) -> Parts:
    """The parsed file, not decoded. Raises InputRefused where it is broken or not supported."""
    return _PARSERS[format](data)
