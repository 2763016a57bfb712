"""Gives a source's face the light and hue of a target's: what is coarse comes from the target, what is fine stays.

Both bands are taken over the same skin, of both, so a face dressed as itself comes out as it went in.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from .pose import Plane, grown
from .skin import Image

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
DARKEST = 24.0
"""Below this luma hue is not to be trusted."""
LIGHT = 0.14
"""Sigma of what is coarse, in sides of the crop: coarser than an eye or a mouth."""
PRIOR = 0.05
"""How much the mean over the whole face counts where there is little skin near by."""
CONTRAST = (1.1, 1.3)
"""Of the source's fine structure. Features that fade take the likeness with them, so it is never lowered."""
KNEE = 0.88
"""From this part of the brightest possible luma on, highlights are compressed."""

Array = npt.NDArray[Any]


def light_shift(target: Image, source: Image, skin: Plane) -> tuple[float, Array]:
    """What turns the source's luma and hues into the target's: a contrast, and a shift of luma and both hues [h, w, 3].

    Args:
        target: a small crop.
        source: another, turned as the target is.
        skin: where both show skin.
    """
    skin = np.maximum(skin, 1e-6)
    of_target, of_source = split(target), split(source)
    coarse_target, coarse_source = coarse(of_target, skin), coarse(of_source, skin)
    contrast = _spread(of_target - coarse_target, skin) / max(_spread(of_source - coarse_source, skin), 1e-3)
    contrast = float(np.clip(contrast, *CONTRAST))
    coarse_source[..., 0] *= contrast
    return contrast, coarse_target - coarse_source


def dressed(source: Image, contrast: float, shift: Array) -> Image:
    """The source with contrast and shift, RGB within 0..255."""
    parts = split(source)
    parts[..., 0] *= contrast
    parts += shift
    luma = _rolled_off(parts[..., :1], parts[..., 1:].max(axis=2, keepdims=True))
    red_blue = luma * (1 + parts[..., 1:])
    green = (luma - red_blue @ LUMA[::2, None]) / LUMA[1]
    rgb = np.concatenate([red_blue[..., :1], green, red_blue[..., 1:]], axis=2)
    return np.asarray(np.clip(rgb, 0, 255), np.float32)


def _rolled_off(luma: Array, hue: Array) -> Array:
    """Highlights that keep their hue: luma nears the value at which the strongest colour would be cut off at 255."""
    most = 255 / (1 + np.maximum(hue, 0))
    knee = KNEE * most
    over = np.maximum(luma - knee, 0) / (most - knee)
    return np.asarray(np.where(luma > knee, knee + (most - knee) * np.tanh(over), luma), np.float32)


def split(image: Image) -> Array:
    """Luma, and red and blue as parts of it: a shade of one colour differs in luma alone."""
    luma = image @ LUMA[:, None]
    return np.concatenate([luma, (image[..., ::2] - luma) / np.maximum(luma, DARKEST)], axis=2)


def coarse(image: Array, weight: Plane) -> Array:
    """Weighted local means [h, w, channels]."""
    sigma = LIGHT * len(weight)
    mean = (image * weight[..., None]).sum(axis=(0, 1)) / weight.sum()
    blurred = _blur(image * weight[..., None], sigma)
    return np.asarray((blurred + PRIOR * mean) / (_blur(weight, sigma) + PRIOR)[..., None], np.float32)


def enlarged(shift: Array, side: int) -> Array:
    """A shift for the whole crop."""
    return np.dstack([grown(np.ascontiguousarray(shift[..., i]), side) for i in range(shift.shape[2])])


def _blur(image: Array, sigma: float) -> Array:
    return cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)


def _spread(fine: Array, weight: Plane) -> float:
    return float(np.sqrt((fine[..., 0] ** 2 * weight).sum() / weight.sum()))
