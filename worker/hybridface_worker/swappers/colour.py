"""Matches a swapped crop's colours to those of the crop it replaces, for swappers that do not do so themselves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .protocol import Crops

CONTRAST = (0.5, 2.0)


def match_colour(swapped: Crops, target: Crops, mask: npt.NDArray[np.floating]) -> Crops:
    """Swapped crops with the targets' mean and standard deviation under the mask, channel by channel.

    Reinhard et al., "Color Transfer between Images", 2001, in RGB: within one face, hues hardly differ.

    Args:
        swapped: [N, S, S, 3].
        target: [N, S, S, 3].
        mask: [S, S], the weight of each sample.
    """
    weight = (mask / mask.sum())[None, :, :, None].astype(np.float32)
    (mean, spread), (wanted, wanted_spread) = _statistics(swapped, weight), _statistics(target, weight)
    gain = np.clip(wanted_spread / np.maximum(spread, 1.0), *CONTRAST)
    return np.rint(np.clip((swapped - mean) * gain + wanted, 0, 255)).astype(np.uint8)


def _statistics(crops: Crops, weight: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], ...]:
    mean = (crops * weight).sum(axis=(1, 2), keepdims=True)
    return mean, np.sqrt(((crops - mean) ** 2 * weight).sum(axis=(1, 2), keepdims=True))
