"""From faces in a picture to swapped pixels in it: what the video and the image pipeline share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hybridface_worker.contract.spec import Blend
from hybridface_worker.faces.align import similarity, template
from hybridface_worker.faces.types import Face
from hybridface_worker.picture.affine import apply
from hybridface_worker.picture.crop import crop
from hybridface_worker.picture.mask import box_mask, near
from hybridface_worker.picture.paste import paste
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View
from hybridface_worker.swappers.protocol import Source, Swapper


@dataclass(frozen=True)
class Placed:
    """A face's crop, and where in the stored picture it is."""

    stored_from_crop: npt.NDArray[np.float64]
    """Affine [2, 3]."""
    crop: npt.NDArray[np.uint8]
    """RGB [S, S, 3]."""
    mask: npt.NDArray[np.float32]
    """How much of it may be replaced, [S, S]."""


class Painter:
    """Aligns, swaps and pastes faces with one swapper."""

    def __init__(self, swapper: Swapper, sources: Mapping[str, Source], blend: Blend) -> None:
        self._swapper = swapper
        self._sources = sources
        self._ratio = blend.ratio
        self._template = template(swapper.size)
        self._mask = box_mask(swapper.size)

    def place(self, picture: Picture, view: View, faces: Sequence[Face]) -> list[Placed]:
        """The aligned crop of every face, all taken before anything is painted."""
        placed = []
        for face in faces:
            crop_from_view = similarity(face.points, self._template)
            stored_from_crop = view.stored_from(crop_from_view)
            mask = np.minimum(self._mask, near(apply(crop_from_view, face.points), self._swapper.size))
            placed.append(Placed(stored_from_crop, crop(picture, stored_from_crop, self._swapper.size), mask))
        return placed

    def stack(self, placed: Sequence[Placed]) -> npt.NDArray[np.uint8]:
        """Their crops as one batch [N, S, S, 3]; N may be 0."""
        if not placed:
            return np.empty((0, self._swapper.size, self._swapper.size, 3), np.uint8)
        return np.stack([face.crop for face in placed])

    def swap(self, source: str, crops: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Crops [N, S, S, 3] with the source's face in them."""
        if len(crops) == 0:
            return crops
        return self._swapper.swap(crops, [self._sources[source]] * len(crops))

    def paint(self, picture: Picture, placed: Sequence[Placed], swapped: npt.NDArray[np.uint8]) -> None:
        """Pastes swapped crops, in order, into the picture's own planes."""
        for face, after in zip(placed, swapped, strict=True):
            paste(picture, face.stored_from_crop, face.crop, after, face.mask, self._ratio)
