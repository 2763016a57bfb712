"""Segments skin in a crop, by robust statistics of this crop alone."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from .pose import Plane

Image = npt.NDArray[np.float32]
"""RGB, 0..255, [h, w, 3]"""

LEAST_SPREAD = np.array([22.0, 4.5, 4.5], np.float32)
"""Of skin in L, a, b: light varies over a face more than its hue."""
REACH = 3.0
"""Deviations from the median at which skin still looks like skin."""
DARKER = 1.2
"""Factor for darker samples, which are more likely hair or shadow."""


def likeness(image: Image, patch: npt.NDArray[np.bool_], turn: float) -> Plane:
    """How much each sample looks like the skin of this face, 0..1.

    The distance of colours in CIE L*a*b* from the median of the patch, against the median absolute deviation there.

    Args:
        image: a crop, of any size.
        patch: where there is skin in any face, [h, w].
        turn: how far the face is turned, 0..1. The further, the more likely bluer samples are background.
    """
    lab = cv2.cvtColor(image / np.float32(255), cv2.COLOR_RGB2Lab)
    sample = lab[patch] if patch.any() else lab.reshape(-1, 3)
    middle = np.median(sample, axis=0)
    spread = np.maximum(np.median(np.abs(sample - middle), axis=0) * 1.4826, LEAST_SPREAD)
    off = (lab - middle) / (REACH * spread)
    off[..., 0] *= np.where(off[..., 0] < 0, DARKER, 1)
    off[..., 2] *= np.where(off[..., 2] < 0, 1 + turn, 1)
    return np.asarray(np.exp(-0.5 * (off**2).sum(axis=2)), np.float32)
