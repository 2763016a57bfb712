"""EXIF orientations 1 to 8, for coordinates and for arrays. Pure.

An orientation says how the stored picture is rotated and mirrored for display (Exif 2.32, tag 274).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from .affine import Affine

Scalar = TypeVar("Scalar", bound=np.generic)

SWAPS_SIDES = frozenset({5, 6, 7, 8})

_SIGNS = ((True, True), (False, True), (False, False), (True, False))
"""Whether x and y go the same way as before: of orientations 1 to 4, and of 5 to 8, where the sides are swapped."""


def of_matrix(matrix: Sequence[int] | None) -> int:
    """The orientation of a video with that display matrix, by its nearest quarter turn; without one, as stored.

    `matrix` has nine numbers: x' = m[0] x + m[3] y, y' = m[1] x + m[4] y, and shifts (ISO/IEC 14496-12, 8.5.2).
    """
    if matrix is None:
        return 1
    swaps = abs(matrix[1]) + abs(matrix[3]) > abs(matrix[0]) + abs(matrix[4])
    x, y = (matrix[3], matrix[1]) if swaps else (matrix[0], matrix[4])
    return 1 + 4 * swaps + _SIGNS.index((x >= 0, y >= 0))


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
