"""Relights a source's face: low frequencies come from the target, high ones from the source.

Both are split alike, each over its own skin, so that a face in its own light is unchanged but for two gains. Towards
the face's border, ever finer bands are the target's, for a seamless transition.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from .pose import Plane, grown
from .skin import Image

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
DARKEST = 24.0
"""Below this luma, hue is unreliable."""

LIGHT = 0.08
"""Sigma of the low-pass of luma, in sides of the crop: coarser than an eye, fine enough for shading on a cheek."""
HUE = 0.05
"""The same for hue, in which people differ less than in luma, and borders are more visible."""
RIM = 0.035
"""The same for both at the face's border; and for shadows, such as those around eyes."""
WIDE = (0.3, 0.14)
"""Sigmas of fallbacks where there is little skin nearby."""
PRIOR = 0.05
"""How much skin nearby is little."""

SHADES = 1.4
"""Gain of dark detail. Faded brows, eyes and nostrils would reduce the likeness."""
SHADOWS = 1.0
"""The same where there are no features: shadows belong to the source's light."""
SHINE = 0.7
"""Gain of bright detail: shine belongs to the source's light, too."""
GLOW = 20.0
"""The most by which skin is brighter than its surroundings: more would bleach shadows and highlights."""
GLARE = 20.0
"""Brightness over the surroundings from which on skin shows the lamp's colour, which is not transferred."""
WARMTH = np.array([0.6, -0.6], np.float32)
"""Change of red and blue, relative to luma, where luma falls by 255: skin in a shadow is redder.

The amount depends on light and camera and is estimated from the face's own skin; this is the prior.
"""
EVEN = 12.0
"""Standard deviation of luma over skin below which the prior dominates."""
DEEPEST = 50.0
"""Darkness against the surroundings beyond which warmth no longer grows."""

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Light:
    """The appearance of plain skin all over a crop."""

    parts: Array
    """Its luma and hues, [h, w, 3]."""
    warmth: Array
    """Change of its hues where its luma falls by 255, [2]."""

    @classmethod
    def of(cls, image: Image, skin: Plane, rim: Plane) -> Light:
        """Estimated where there is skin, and extrapolated elsewhere.

        Args:
            image: a small crop.
            skin: where it shows plain skin, 0..1.
            rim: 0 in the middle of the face, 1 where it ends.
        """
        skin = np.maximum(skin, 1e-6)
        parts = split(image)
        wide = (parts * skin[..., None]).sum(axis=(0, 1)) / skin.sum()
        for sigma in WIDE:
            wide = local_mean(parts, skin, sigma, wide)
        luma = local_mean(parts[..., :1], skin, LIGHT, wide[..., :1])
        inner = np.concatenate([luma, local_mean(parts[..., 1:], skin, HUE, wide[..., 1:])], axis=2)
        outer = local_mean(parts, skin, RIM, inner)
        return cls(inner + (outer - inner) * rim[..., None], _warmth(parts, skin))

    def shaded(self, image: Image, lit: Plane) -> Light:
        """The same, but nowhere brighter than the crop's skin nearby, and warmer where that makes it darker.

        Args:
            image: the crop that it was estimated in.
            lit: where it shows skin of any kind, 0..1, that around the eyes included, which shows their shadows.
        """
        luma = self.parts[..., :1]
        shade = np.maximum(luma - local_mean(split(image)[..., :1], lit, RIM, luma), 0)
        return replace(self, parts=self.parts + shade * np.array([-1, *(self.warmth / 255)], np.float32))

    def enlarged(self, side: int) -> Light:
        """At a larger size."""
        return replace(self, parts=grown(self.parts, side))

    def __getitem__(self, part: tuple[slice, slice]) -> Light:
        """In a part of the crop: rows and columns."""
        return replace(self, parts=self.parts[part])


def dressed(source: Image, its: Light, light: Light, detail: Plane, skin: Plane, matt: Plane) -> Image:
    """The source in another light.

    Args:
        source: RGB 0..255, [h, w, 3].
        its: the light it is in.
        light: the light it is to be in.
        detail: how much of its fine structure is used where, 0..1.
        skin: where it has no features, 0..1.
        matt: where bright means shine, and not the white of eyes and teeth, 0..1.
    """
    fine = (split(source) - its.parts) * detail[..., None]
    shade = DEEPEST * np.tanh(np.maximum(-fine[..., :1], 0) / DEEPEST) / 255
    shine = np.clip(fine[..., :1] / GLARE, 0, 1)
    hue = light.parts[..., 1:] + fine[..., 1:] * (1 - shine * matt[..., None]) + shade * light.warmth
    cut_off = 255 / (1 + np.maximum(hue.max(axis=2), 0))
    cut_off += (np.minimum(cut_off, light.parts[..., 0] + GLOW) - cut_off) * matt
    shades = SHADES + (SHADOWS - SHADES) * skin
    luma = _luma(light.parts[..., 0], fine[..., 0], cut_off, shades)[..., None]
    red_blue = luma * (1 + hue)
    green = (luma - red_blue @ LUMA[::2, None]) / LUMA[1]
    rgb = np.concatenate([red_blue[..., :1], green, red_blue[..., 1:]], axis=2)
    return np.asarray(np.clip(rgb, 0, 255), np.float32)


def split(image: Image) -> Array:
    """Luma, and red and blue relative to it: shades of one colour differ in luma alone."""
    luma = image @ LUMA[:, None]
    return np.concatenate([luma, (image[..., ::2] - luma) / np.maximum(luma, DARKEST)], axis=2)


def local_mean(parts: Array, weight: Plane, sigma: float, fallback: Array) -> Array:
    """Weighted means [h, w, channels]; `sigma` in sides; `fallback` counts where there is little weight near by."""
    near_by = _blur(weight, sigma)[..., None]
    means = _blur(parts * weight[..., None], sigma).reshape(parts.shape)
    return np.asarray((means + PRIOR * fallback) / (near_by + PRIOR), np.float32)


def _warmth(parts: Array, skin: Plane) -> Array:
    """Linear regression of hues of skin on its luma; ridge regression towards WARMTH."""
    weight = skin[..., None] / skin.sum()
    off = parts - (parts * weight).sum(axis=(0, 1))
    luma = off[..., :1] * weight
    spread = (luma * off[..., :1]).sum()
    falls = -255 * (luma * off[..., 1:]).sum(axis=(0, 1))
    return np.asarray((falls + EVEN**2 * WARMTH) / (spread + EVEN**2), np.float32)


def _luma(coarse: Array, fine: Array, cut_off: Array, shades: Array) -> Array:
    """Luma of both together; highlights are compressed below `cut_off`."""
    room = np.maximum(cut_off - coarse, 1)
    lights = room * np.tanh(np.maximum(fine, 0) * SHINE / room)
    return np.asarray(np.maximum(coarse + lights + np.minimum(fine, 0) * shades, 0), np.float32)


def _blur(image: Array, sigma: float) -> Array:
    return cv2.GaussianBlur(image, (0, 0), sigma * len(image), borderType=cv2.BORDER_REPLICATE)
