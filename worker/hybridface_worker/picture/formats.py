"""FFmpeg's names of the pixel formats that are worked in their own planes. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.reasons import Reason

_SUBSAMPLING = {"420": (2, 2), "422": (2, 1), "440": (1, 2), "444": (1, 1)}
_YUV = re.compile(r"yuv(?P<jpeg>j?)(?P<subsampling>420|422|440|444)p(?P<depth>9|10|12|14|16)?(?:le)?")
_GRAY = re.compile(r"gray(?P<depth>9|10|12|14|16)?(?:le)?")
_GBR = re.compile(r"gbrp(?P<depth>9|10|12|14|16)?(?:le)?")


@dataclass(frozen=True)
class PixelFormat:
    """Where the components of one pixel format are."""

    depth: int
    places: tuple[tuple[int, int, int], ...]
    """Plane, first sample and step of each component: Y, Cb, Cr; or R, G, B; or Y."""
    subsampling: tuple[int, int] = (1, 1)
    """Luma samples per chroma sample, across and down."""
    rgb: bool = False
    full_range: bool = False
    """What players assume for an unspecified range."""
    centred: bool = False
    """Whether unspecified chroma is sited between the luma samples, as in JPEG, or at the left one."""


def pixel_format(name: str) -> PixelFormat:
    """The format of that name.

    Raises:
        InputRefused: it is not supported.
    """
    if name == "nv12":
        return PixelFormat(8, ((0, 0, 1), (1, 0, 2), (1, 1, 2)), (2, 2))
    if found := _YUV.fullmatch(name):
        jpeg = bool(found["jpeg"])
        return PixelFormat(
            int(found["depth"] or 8), _planar(0, 1, 2), _SUBSAMPLING[found["subsampling"]], False, jpeg, jpeg
        )
    if found := _GRAY.fullmatch(name):
        return PixelFormat(int(found["depth"] or 8), _planar(0), full_range=True)
    if found := _GBR.fullmatch(name):
        return PixelFormat(int(found["depth"] or 8), _planar(2, 0, 1), rgb=True, full_range=True)
    raise InputRefused(
        Reason.PIXEL_FORMAT_NOT_SUPPORTED,
        f"pixel format {name} is not supported; planar YUV 4:2:0, 4:2:2 and 4:4:4, nv12, gray and planar RGB of 8 to "
        "16 bit without alpha are",
    )


def _planar(*planes: int) -> tuple[tuple[int, int, int], ...]:
    return tuple((plane, 0, 1) for plane in planes)
