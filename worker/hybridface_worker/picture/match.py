"""Matches the colours of a swapped crop to those of the original, by statistics of this one crop. Pure.

Means and standard deviations are transferred as by Reinhard et al., "Color Transfer between Images", 2001, in luma and
two colour differences. These are linear in RGB, so a crop takes one matrix. The six numbers come from thousands of
samples, and so change from frame to frame no more than the light does.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from .mask import Crop, Mask

Array = npt.NDArray[np.float64]

OPPONENT = np.array([(0.299, 0.587, 0.114), (0.701, -0.587, -0.114), (-0.299, -0.587, 0.886)])
"""BT.601's luma, and what red and blue have beyond it, from R, G, B."""
RGB = np.linalg.inv(OPPONENT)
SEEN = 32
"""Largest side at which statistics are computed."""
LEAST_SHARE = 1 / 256
"""Share of the crop under the mask below which nothing is matched."""
GAIN = (0.8, 1.25)
"""Bounds of the gain of contrast: light changes means far more than deviations, and a new face has its own."""


def match(before: Crop, after: Crop, mask: Mask) -> Crop:
    """`after` with the means and, within bounds, the standard deviations of `before`: RGB uint8 [S, S, 3].

    Args:
        before: the crop as it was taken, RGB uint8 [S, S, 3].
        after: what became of it.
        mask: how much of it counts where, [S, S].
    """
    weight = _small(mask)
    total = float(weight.sum())
    if total < LEAST_SHARE * weight.size:
        return after
    share = weight[..., None] / total
    (wanted, spread), (mean, own_spread) = _statistics(before, share), _statistics(after, share)
    gain = np.clip(spread / np.maximum(own_spread, 1e-3), *GAIN)
    linear = RGB @ (gain[:, None] * OPPONENT)
    offset = RGB @ (wanted - gain * mean)
    return np.asarray(cv2.transform(after, np.column_stack([linear, offset])), np.uint8)  # rounded, and cut off


def _statistics(crop: Crop, share: npt.NDArray[np.float32]) -> tuple[Array, Array]:
    """Weighted mean and standard deviation in luma and differences of colour, [3] each. `share` sums up to 1."""
    seen = cv2.transform(_small(crop), OPPONENT)
    mean = (seen * share).sum(axis=(0, 1), dtype=np.float64)
    return mean, np.sqrt(((seen - mean.astype(np.float32)) ** 2 * share).sum(axis=(0, 1), dtype=np.float64))


def _small(image: Crop | Mask) -> npt.NDArray[np.float32]:
    side = min(len(image), SEEN)
    return np.asarray(cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA), np.float32)
