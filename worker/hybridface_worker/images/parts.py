"""The interface of a parsed image file: its properties, coded samples and metadata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from hybridface_worker.contract.media import ImageInfo

from . import exif as exifs
from . import xmp as packets

Pixels: TypeAlias = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
"""[H, W, C] as stored, not turned; C is 1 (L), 2 (LA), 3 (RGB) or 4 (RGBA), alpha not premultiplied."""

CHANNELS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}


@dataclass(frozen=True)
class Metadata:
    """Metadata that can be carried from one format to another."""

    icc: bytes | None = None
    exif: bytes | None = None
    """A TIFF structure, without the `Exif` prefix, and without previews."""
    xmp: bytes | None = None
    """An XMP packet, without previews."""

    @classmethod
    def cleaned(cls, icc: bytes | None, exif: bytes | None, xmp: bytes | None) -> Metadata:
        """Metadata of a file, without previews; its EXIF may have the prefix."""
        return cls(
            icc,
            None if exif is None else exifs.without_previews(exifs.without_prefix(exif)),
            None if xmp is None else packets.cleaned(xmp),
        )


def listed(names: set[str], *, trailing: bool) -> tuple[str, ...]:
    """Names of what is left out, for messages; `trailing`: with data after the image's end."""
    return (*sorted(names), *(["data after the image's end"] if trailing else []))


class Parts(Protocol):
    """A parsed image file. Nothing is decoded until `decode`."""

    @property
    def info(self) -> ImageInfo:
        """Size, mode, depth, orientation."""
        ...

    @property
    def left_out(self) -> tuple[str, ...]:
        """Names of metadata that `encode` does not carry."""
        ...

    def metadata(self) -> tuple[Metadata, tuple[str, ...]]:
        """Metadata that another format can carry, and the names of what it cannot."""
        ...

    def decode(self) -> Pixels:
        """The samples, writable.

        Raises:
            InputRefused: the file ends early or is damaged.
        """
        ...

    def encode(self, pixels: Pixels) -> bytes:
        """A file of the same format with these samples and its metadata, but for what is left out."""
        ...
