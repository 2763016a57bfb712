"""What every image file is taken apart into: facts, the coded samples, and what stands beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from hybridface_worker.contract.media import ImageInfo

Pixels: TypeAlias = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
"""[H, W, C] as stored, not turned; C is 1 (L), 2 (LA), 3 (RGB) or 4 (RGBA), alpha not premultiplied."""

CHANNELS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}


@dataclass(frozen=True)
class Metadata:
    """What one format can hand to another."""

    icc: bytes | None = None
    exif: bytes | None = None
    """A TIFF structure, without the `Exif` prefix, and without previews."""
    xmp: bytes | None = None
    """An XMP packet, without previews."""


class Parts(Protocol):
    """An image file taken apart. Nothing is decoded until `decode`."""

    @property
    def info(self) -> ImageInfo:
        """Size, mode, depth, orientation."""
        ...

    @property
    def left_out(self) -> tuple[str, ...]:
        """Names of what the file holds beside the picture and `encode` does not carry."""
        ...

    def metadata(self) -> tuple[Metadata, tuple[str, ...]]:
        """What another format can take over, and the names of what it cannot."""
        ...

    def decode(self) -> Pixels:
        """The samples, writable.

        Raises:
            InputRefused: the file ends early or is damaged.
        """
        ...

    def encode(self, pixels: Pixels) -> bytes:
        """A file of the same format with these samples and everything beside them that the format can carry."""
        ...
