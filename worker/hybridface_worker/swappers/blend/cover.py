"""Where in a crop a face shows: soft shapes in model space, brows to chin. Pure geometry.

Planes are [h, w], 0..1, over the model coordinates x and y of a crop's samples.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .pose import LEAST_SEEN, Array, Camera, Plane, foreshortening

EXPONENT = 2.4
"""Of the superellipse: a little squarer than an ellipse, as faces are."""
INSET = 5 / 64
"""Part of a crop's side, left and right, of which nothing is replaced, and over which that then fades in."""
TAPER = 0.1
"""How much narrower it gets for each unit below the nose."""


def oval(x: Array, y: Array) -> Plane:
    """All that may be replaced."""
    return _superellipse(x, y, (40, 42, 47), 0.2)


def core(x: Array, y: Array) -> Plane:
    """What must be replaced: brows, eyes, nose and mouth, whatever their colours."""
    return _superellipse(x, y, (32, 36, 46), 0.1)


def detail(x: Array, y: Array) -> Plane:
    """Where a source may show more than skin: further out hair, ears and the jaw's shadow begin."""
    return _superellipse(x, y, (37, 36, 48), 0.22)


def rim(x: Array, y: Array) -> Plane:
    """0 where the features are, up to 1 where the face ends."""
    return 1 - _superellipse(x, y, (37, 37, 49), 0.2)


def around(x: Array, y: Array) -> Plane:
    """What may say how skin and light are."""
    return _superellipse(x, y, (46, 50, 56), 0.3)


def plain(x: Array, y: Array) -> Plane:
    """What has no features: neither brows and eyes, nor nostrils, nor mouth."""
    eyes = ((np.abs(x) - 18) / 13) ** 2 + ((y + 23) / 10) ** 2
    return np.minimum(bare(x, y), _beyond(eyes))


def bare(x: Array, y: Array) -> Plane:
    """What has skin, that around the eyes and between the brows' hairs too: neither nostrils nor mouth."""
    nostrils = (x / 9) ** 2 + ((y - 5) / 6) ** 2
    mouth = (x / 17) ** 2 + ((y - 21) / 9) ** 2
    return _beyond(np.minimum(nostrils, mouth))


def matt(x: Array, y: Array) -> Plane:
    """What is not white by itself: all but eyes and teeth."""
    eyes = ((np.abs(x) - 18) / 10) ** 2 + ((y + 20) / 5) ** 2
    teeth = (x / 15) ** 2 + ((y - 21) / 8) ** 2
    return _beyond(np.minimum(eyes, teeth))


def patch(x: Array, y: Array) -> npt.NDArray[np.bool_]:
    """Nose and inner cheeks: skin on anybody."""
    return np.asarray((np.abs(x) < 17) & (y > -7) & (y < 16))


def facing(x: Array, y: Array, seen_by: Camera) -> Plane:
    """1 where the surface faces the viewer, down to 0 where it turns away."""
    return np.asarray(np.clip((foreshortening(x, y, seen_by) - LEAST_SEEN) / 0.2, 0, 1), np.float32)


def receding(x: Array, y: Array, seen_by: Camera) -> Plane:
    """0 where the surface is seen straight ahead or nearly so, up to 1 at the outline, where all is narrower."""
    return np.asarray(np.clip((1 - foreshortening(x, y, seen_by)) / (1 - LEAST_SEEN), 0, 1), np.float32)


def inset(side: int) -> Plane:
    """0 at a crop's sides, which the near cheek of a turned head reaches, to 1; the same in all rows, [side]."""
    at = np.arange(side)
    return np.asarray(np.clip((np.minimum(at, at[::-1]) / side - INSET) / INSET, 0, 1), np.float32)


def _superellipse(x: Array, y: Array, extent: tuple[float, float, float], soft: float) -> Plane:
    """Half width, height above and below the origin; its rim is `soft` wide, as a part of its size."""
    half, above, below = extent
    across = np.abs(x) / np.where(y < 0, half, half - TAPER * y)
    down = np.where(y < 0, -y / above, y / below)
    distance = (across**EXPONENT + down**EXPONENT) ** (1 / EXPONENT)
    return np.clip((1 - distance) / soft + 0.5, 0, 1).astype(np.float32)


def _beyond(distance: Array) -> Plane:
    """0 within an ellipse, 1 outside of it, by the square of the distance from its middle."""
    return np.clip(2 * distance - 1.5, 0, 1).astype(np.float32)
