"""Where in a crop a face shows: soft shapes in model space, brows to chin. Pure geometry.

Planes are [h, w], 0..1, over the model coordinates x and y of a crop's samples.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .pose import Array, Camera, Plane, slope

EXPONENT = 2.4
"""Of the superellipse: a little squarer than an ellipse, as faces are."""
TAPER = 0.1
"""How much narrower it gets for each unit below the nose."""


def oval(x: Array, y: Array) -> Plane:
    """All that may be replaced."""
    return _superellipse(x, y, (40, 38, 51), 0.16)


def core(x: Array, y: Array) -> Plane:
    """What must be replaced: brows, eyes, nose and mouth, whatever their colours."""
    return _superellipse(x, y, (34, 35, 45), 0.08)


def around(x: Array, y: Array) -> Plane:
    """What may say how skin and light are."""
    return _superellipse(x, y, (46, 50, 56), 0.3)


def plain(x: Array, y: Array) -> Plane:
    """What has no features: neither brows and eyes, nor nostrils, nor mouth."""
    eyes = ((np.abs(x) - 18) / 13) ** 2 + ((y + 23) / 10) ** 2
    nostrils = (x / 9) ** 2 + ((y - 5) / 6) ** 2
    mouth = (x / 17) ** 2 + ((y - 21) / 9) ** 2
    nearest = np.minimum(np.minimum(eyes, nostrils), mouth)
    return np.clip(2 * nearest - 1.5, 0, 1).astype(np.float32)


def patch(x: Array, y: Array) -> npt.NDArray[np.bool_]:
    """Nose and inner cheeks: skin on anybody."""
    return np.asarray((np.abs(x) < 17) & (y > -7) & (y < 16))


def facing(x: Array, y: Array, seen_by: Camera) -> Plane:
    """1 where the surface faces the viewer, down to 0 where it turns away."""
    foreshortened = seen_by[0, 0] + seen_by[0, 2] * slope(x, y)
    return np.asarray(np.clip((foreshortened - 0.3) / 0.2, 0, 1), np.float32)


def _superellipse(x: Array, y: Array, extent: tuple[float, float, float], soft: float) -> Plane:
    """Half width, height above and below the origin; its rim is `soft` wide, as a part of its size."""
    half, above, below = extent
    across = np.abs(x) / np.where(y < 0, half, half - TAPER * y)
    down = np.where(y < 0, -y / above, y / below)
    distance = (across**EXPONENT + down**EXPONENT) ** (1 / EXPONENT)
    return np.clip((1 - distance) / soft + 0.5, 0, 1).astype(np.float32)
