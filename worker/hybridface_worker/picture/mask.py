"""How much of a swapped crop reaches the picture, sample by sample, in the crop's own space. Pure."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.float32]
"""[S, S], 0..1."""
Crop = npt.NDArray[np.uint8]

INSET = 1 / 32
"""Part of a crop's side, on each side, of which nothing is taken."""
FEATHER = 3 / 32
"""Part of a crop's side over which the box then fades in."""
REACH = 2.8
"""How far from a face's middle its crop is taken, in times of its points' distance: from hair to chin and ear to ear.

Of a face that is turned away, or cut by the picture's edge, the points lie closer, and so does what is taken.
"""
SOFTNESS = 1 / 64
"""Part of a crop's side over which what was changed fades out around it."""


@lru_cache(maxsize=8)
def box_mask(size: int) -> Mask:
    """The whole crop, faded to 0 near its border by a raised cosine. Not to be written to."""
    inside = (np.minimum(np.arange(size), np.arange(size)[::-1]) / size - INSET) / FEATHER
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.clip(inside, 0, 1))
    mask = np.outer(ramp, ramp).astype(np.float32)
    mask.flags.writeable = False
    return mask


def near(points: npt.NDArray[np.floating], size: int) -> Mask:
    """1 near the points, fading to 0 where their convex hull, REACH times as large, ends.

    Args:
        points: [N, 2], in a crop of `size`.
        size: S.
    """
    middle = points.mean(axis=0)
    hull = cv2.convexHull(((points - middle) * REACH + middle).astype(np.float32))
    filled = np.zeros((size, size), np.uint8)
    cv2.fillConvexPoly(filled, np.rint(hull).astype(np.int32), 1)
    inside = cv2.distanceTransform(filled, cv2.DIST_L2, cv2.DIST_MASK_3)
    return np.asarray(np.clip((inside - 1) / (FEATHER * size), 0, 1), np.float32)


def changed(before: Crop, after: Crop) -> Mask | None:
    """1 where the crops [S, S, 3] differ, fading to 0 around it; None where they are equal.

    What a swapper leaves as it was is so not resampled: the picture's own samples stay.
    """
    differs = cv2.cvtColor(cv2.compare(before, after, cv2.CMP_NE), cv2.COLOR_RGB2GRAY)
    if not differs.any():
        return None
    reach = max(1, round(len(before) * SOFTNESS))
    side = (2 * reach + 1, 2 * reach + 1)
    grown = cv2.dilate(cv2.threshold(differs, 0, 1, cv2.THRESH_BINARY)[1], np.ones(side, np.uint8))
    return np.asarray(cv2.boxFilter(grown, cv2.CV_32F, side, borderType=cv2.BORDER_REPLICATE), np.float32)
