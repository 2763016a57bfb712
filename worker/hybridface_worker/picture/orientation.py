"""EXIF orientations 1 to 8, for coordinates and for arrays. Pure.

An orientation says what is done to the stored picture so that it stands upright (Exif 2.32, tag 274).
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from .affine import Affine

Scalar = TypeVar("Scalar", bound=np.generic)

SWAPS_SIDES = frozenset({5, 6, 7, 8})

_BY_ROTATION = {0: 1, 90: 6, 180: 3, 270: 8}


def of_rotation(degrees: int) -> int:
    """The orientation of a video that players turn clockwise; what is no quarter turn is left as stored."""
    return _BY_ROTATION.get(degrees % 360, 1)


def upright_from_stored(orientation: int, width: float, height: float) -> Affine:
    """Upright from stored coordinates, both counted from the top left edge. Width and height are the stored ones."""
    right, down = (-1.0, 0.0, width), (0.0, -1.0, height)
    x, y = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)
    rows = {
        1: (x, y),
        2: (right, y),
        3: (right, down),
        4: (x, down),
        5: (y, x),
        6: (down, x),
        7: (down, right),
        8: (y, right),
    }
    return np.array(rows[orientation])


def upright(array: npt.NDArray[Scalar], orientation: int) -> npt.NDArray[Scalar]:
    """A view of the stored array [H, W, ...] as it stands upright."""
    turned = array.swapaxes(0, 1) if orientation in SWAPS_SIDES else array
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    return turned
