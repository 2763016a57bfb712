"""A still image as samples and metadata; read from and written to JPEG, PNG and WebP."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.media import ImageInfo
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import ImageFormat

from . import jpeg, jpeg_segments, png, webp
from .parts import Metadata, Parts, Pixels
from .probe import take_apart

_NAMES = {ImageFormat.JPEG: "JPEG", ImageFormat.PNG: "PNG", ImageFormat.WEBP: "WebP"}


@dataclass(frozen=True)
class Still:
    """One image. `dataclasses.replace(still, pixels=...)` is the same image with other samples of the same shape."""

    info: ImageInfo
    pixels: Pixels
    parts: Parts
    """The file that it was read from, with its metadata."""


def read_still(data: bytes, info: ImageInfo) -> Still:
    """Decodes an image entirely or not at all; it is not rotated, and alpha is not premultiplied.

    `info` is what `probe_image` said: its limits were checked there.

    Raises:
        InputRefused: INPUT_TRUNCATED or INPUT_UNREADABLE; INPUT_CHANGED where the file is not the one of `info`.
    """
    parts = take_apart(data, info.format)
    if parts.info != info:
        raise InputRefused(Reason.INPUT_CHANGED, "the image is not the one that was probed; start the job again")
    return Still(info, parts.decode(), parts)


def write_still(still: Still, format: ImageFormat | None = None) -> bytes:
    """The image as a file, in its own format (None) or another. The same image always gives the same bytes.

    In its own format: PNG and lossless WebP keep every sample; JPEG keeps its tables, subsampling and mode; lossy
    WebP is written with quality 95. Orientation stays a tag. Previews inside metadata are removed: they would show
    the original picture.

    In another format: JPEG of quality 95 with full chroma, lossless WebP of what was lossless, 16 bits rounded to 8
    where the format has no more. `write_notes` says what gets lost.

    Raises:
        InputRefused: ALPHA_NOT_SUPPORTED, for an image with alpha as JPEG; LIMIT_EXCEEDED, for one that is larger than
            the format can hold.
    """
    if format in (None, still.info.format):
        return still.parts.encode(still.pixels)
    _refuse_alpha(still.info, format)
    _refuse_size(still.info, format)
    metadata, _ = _handed_on(still, format)
    if format is ImageFormat.PNG:
        return png.build(still.pixels, png.carrying(metadata))
    pixels = _eight_bits(still.pixels)
    if format is ImageFormat.JPEG:
        return jpeg.build(pixels, jpeg.carrying(metadata))
    return webp.build(pixels, metadata, lossless=still.info.lossless)


def write_notes(still: Still, format: ImageFormat | None = None) -> tuple[Finding, ...]:
    """What `write_still` with the same arguments cannot carry."""
    if format is None or format is still.info.format:
        left_out = still.parts.left_out
    else:
        left_out = tuple(sorted({*still.parts.left_out, *_handed_on(still, format)[1]}))
    notes = []
    if left_out:
        message = f"not carried into the rewritten {_NAMES[format or still.info.format]}: {', '.join(left_out)}"
        notes.append(Finding(reason=Reason.METADATA_NOT_KEPT, message=message))
    if still.info.bit_depth == 16 and format not in (None, ImageFormat.PNG):
        message = f"16 bits per sample were rounded to 8, all that {_NAMES[format]} holds"
        notes.append(Finding(reason=Reason.PIXEL_FORMAT_NOT_SUPPORTED, message=message))
    return tuple(notes)


def _refuse_alpha(info: ImageInfo, format: ImageFormat | None) -> None:
    if format is ImageFormat.JPEG and info.mode in ("LA", "RGBA"):
        raise InputRefused(
            Reason.ALPHA_NOT_SUPPORTED,
            "the image has an alpha channel, which JPEG cannot hold; set output.image.format to same, png or webp",
        )


def _refuse_size(info: ImageInfo, format: ImageFormat | None) -> None:
    for limited, most in ((ImageFormat.JPEG, jpeg.MOST_PIXELS), (ImageFormat.WEBP, webp.MOST_PIXELS)):
        if format is limited and max(info.width, info.height) > most:
            raise InputRefused(
                Reason.LIMIT_EXCEEDED,
                f"the image has {info.width}x{info.height} pixels, and no side may have more than {most} in a "
                f"{_NAMES[limited]}; set output.image.format to same or png",
            )


def _handed_on(still: Still, format: ImageFormat | None) -> tuple[Metadata, tuple[str, ...]]:
    """Metadata as far as the format can hold it, and the names of the rest."""
    metadata, lost = still.parts.metadata()
    dropped: dict[str, str] = {}
    if format is ImageFormat.JPEG:
        room = jpeg_segments.MAX_BYTES - len(jpeg_segments.XMP)
        dropped = {name: name.upper() for name in ("exif", "xmp") if len(getattr(metadata, name) or b"") > room}
        if len(metadata.icc or b"") > 255 * (room - 14):
            dropped["icc"] = "colour profile"
    grey_profile = metadata.icc is not None and metadata.icc[16:20] == b"GRAY"
    if format is ImageFormat.WEBP and grey_profile:
        dropped["icc"] = "greyscale colour profile"
    return replace(metadata, **dict.fromkeys(dropped)), (*lost, *dropped.values())


def _eight_bits(pixels: Pixels) -> Pixels:
    """Samples of 16 bits rounded to 8: v / 257."""
    if pixels.dtype == np.uint8:
        return pixels
    return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
