"""Soft masks of a face's parts in model space. Pure geometry.

Planes are [h, w], 0..1, over the model coordinates x and y of a crop's samples.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .pose import LEAST_SEEN, Array, Camera, Plane, foreshortening

EXPONENT = 2.4
"""Of the superellipse: a little squarer than an ellipse, as faces are."""
INSET = 5 / 64
"""Margin on the left and right where nothing is replaced, and width of the fade after it, as a part of the side."""
TAPER = 0.1
"""How much narrower the oval gets for each unit below the nose."""


def oval(x: Array, y: Array) -> Plane:
    """What may be replaced."""
    return _superellipse(x, y, (40, 42, 47), 0.2)


def core(x: Array, y: Array) -> Plane:
    """What must be replaced: brows, eyes, nose and mouth, of any colour."""
    return _superellipse(x, y, (32, 36, 46), 0.1)


def detail(x: Array, y: Array) -> Plane:
    """Where fine structure of the source is used: further out are hair, ears and the jaw's shadow."""
    return _superellipse(x, y, (37, 36, 48), 0.22)


def rim(x: Array, y: Array) -> Plane:
    """0 at the features, rising to 1 at the border of the face."""
    return 1 - _superellipse(x, y, (37, 37, 49), 0.2)


def around(x: Array, y: Array) -> Plane:
    """What may be sampled for skin and light."""
    return _superellipse(x, y, (46, 50, 56), 0.3)


def plain(x: Array, y: Array) -> Plane:
    """What has no features: no brows, eyes, nostrils or mouth."""
    eyes = ((np.abs(x) - 18) / 13) ** 2 + ((y + 23) / 10) ** 2
    return np.minimum(bare(x, y), _beyond(eyes))


def bare(x: Array, y: Array) -> Plane:
    """What has skin, including that around the eyes and in the brows: no nostrils or mouth."""
    nostrils = (x / 9) ** 2 + ((y - 5) / 6) ** 2
    mouth = (x / 17) ** 2 + ((y - 21) / 9) ** 2
    return _beyond(np.minimum(nostrils, mouth))


def matt(x: Array, y: Array) -> Plane:
    """Where bright means shine: all but eyes and teeth, which are white."""
    eyes = ((np.abs(x) - 18) / 10) ** 2 + ((y + 20) / 5) ** 2
    teeth = (x / 15) ** 2 + ((y - 21) / 8) ** 2
    return _beyond(np.minimum(eyes, teeth))


def patch(x: Array, y: Array) -> npt.NDArray[np.bool_]:
    """Nose and inner cheeks: skin in any face."""
    return np.asarray((np.abs(x) < 17) & (y > -7) & (y < 16))


def facing(x: Array, y: Array, seen_by: Camera) -> Plane:
    """1 where the surface faces the viewer, down to 0 where it turns away."""
    return np.asarray(np.clip((foreshortening(x, y, seen_by) - LEAST_SEEN) / 0.2, 0, 1), np.float32)


def receding(x: Array, y: Array, seen_by: Camera) -> Plane:
    """0 where the surface faces the viewer, rising to 1 at the outline, where it is foreshortened."""
    return np.asarray(np.clip((1 - foreshortening(x, y, seen_by)) / (1 - LEAST_SEEN), 0, 1), np.float32)


def inset(side: int) -> Plane:
    """Fades to 0 at a crop's left and right, which the near cheek of a turned head reaches: [side]."""
    at = np.arange(side)
    return np.asarray(np.clip((np.minimum(at, at[::-1]) / side - INSET) / INSET, 0, 1), np.float32)


def _superellipse(x: Array, y: Array, extent: tuple[float, float, float], soft: float) -> Plane:
    """`extent`: half width, heights above and below the origin; `soft`: width of the border as a part of the size."""
    half, above, below = extent
    across = np.abs(x) / np.where(y < 0, half, half - TAPER * y)
    down = np.where(y < 0, -y / above, y / below)
    distance = (across**EXPONENT + down**EXPONENT) ** (1 / EXPONENT)
    return np.clip((1 - distance) / soft + 0.5, 0, 1).astype(np.float32)


def _beyond(distance: Array) -> Plane:
    """0 inside of an ellipse, 1 outside of it, by the squared distance from its centre."""
    return np.clip(2 * distance - 1.5, 0, 1).astype(np.float32)
