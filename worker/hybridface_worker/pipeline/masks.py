"""The masks that the job asks for, multiplied."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from hybridface_worker.faces.outline import outline
from hybridface_worker.picture.mask import Mask, box_mask, near, polygon


class Masks:
    """Masks that follow from landmarks alone; occluders are applied later."""

    def __init__(self, wanted: Collection[str], size: int) -> None:
        """`wanted`: names of masks; `size`: S, of crops."""
        self._box = "box" in wanted
        self._region = "region" in wanted
        self._size = size
        self._border = box_mask(size)

    def of(self, points: npt.NDArray[np.floating]) -> Mask:
        """The mask [S, S] of the face with these landmarks [5, 2] in its crop: always 0 at the border. Read-only."""
        mask = self._border
        if self._box:
            mask = np.minimum(mask, near(points, self._size))
        if self._region:
            mask = mask * polygon(outline(points, self._size), self._size)
        return mask
