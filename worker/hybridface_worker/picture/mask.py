"""Alpha masks of swapped crops, in crop coordinates. Pure."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.float32]
"""[S, S], 0..1."""
Crop = npt.NDArray[np.uint8]

INSET = 1 / 32
"""Margin on each side of a crop where the mask is 0, as a part of its side."""
FEATHER = 3 / 32
"""Width over which the box mask then fades in, as a part of the side."""
REACH = 2.8
"""Scale of the landmarks' convex hull that covers a face from hairline to chin and ear to ear.

Of a face that is turned away, or cut off by the picture's edge, the landmarks and so the mask are closer together.
"""
FINEST = 64
"""Largest side at which a polygon's mask is computed: it is smooth, and can be scaled up."""
SOFTNESS = 1 / 64
"""Width over which the mask of changed samples fades out, as a part of the side."""


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


def polygon(corners: npt.NDArray[np.floating], size: int) -> Mask:
    """1 within a convex polygon, fading to 0 towards its border by a raised cosine; subpixel accurate.

    Args:
        corners: [N, 2], in a crop of `size`, clockwise on the screen.
        size: S.
    """
    side = min(size, FINEST)
    at = (np.arange(side) + 0.5) * (size / side) - 0.5
    along = np.roll(corners, -1, axis=0) - corners
    along /= np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    down = along[:, :1] * (at - corners[:, 1:])
    across = along[:, 1:] * (at - corners[:, :1])
    inside = (down[:, :, None] - across[:, None, :]).astype(np.float32).min(axis=0)
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.clip(inside / np.float32(FEATHER * size), 0, 1))
    return np.asarray(cv2.resize(ramp, (size, size), interpolation=cv2.INTER_LINEAR), np.float32)


def shown(visible: Mask, size: int) -> Mask:
    """Where a face may be pasted in a crop of `size`: soft, and nowhere over what occludes the face.

    Args:
        visible: how much of each pixel is face, [S', S'] of the same square.
        size: S.
    """
    grown = cv2.resize(visible, (size, size), interpolation=cv2.INTER_LINEAR)
    soft = cv2.GaussianBlur(grown, (0, 0), SOFTNESS * size, borderType=cv2.BORDER_REPLICATE)
    return np.clip(soft * 2 - 1, 0, 1).astype(np.float32)


def changed(before: Crop, after: Crop) -> Mask | None:
    """1 where the crops [S, S, 3] differ, fading to 0 around it; None where they are equal.

    So what a swapper leaves unchanged is not resampled: the picture keeps its own samples.
    """
    differs = cv2.cvtColor(cv2.compare(before, after, cv2.CMP_NE), cv2.COLOR_RGB2GRAY)
    if not differs.any():
        return None
    reach = max(1, round(len(before) * SOFTNESS))
    side = (2 * reach + 1, 2 * reach + 1)
    grown = cv2.dilate(cv2.threshold(differs, 0, 1, cv2.THRESH_BINARY)[1], np.ones(side, np.uint8))
    return np.asarray(cv2.boxFilter(grown, cv2.CV_32F, side, borderType=cv2.BORDER_REPLICATE), np.float32)
