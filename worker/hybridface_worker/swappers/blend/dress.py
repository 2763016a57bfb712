"""Gives a source's face the light and hue of a target's: what is coarse comes from the target, what is fine stays.

Both are split alike, each over its own skin, so a face in its own light comes out as it went in, but for two gains.
Towards the face's rim ever finer bands are the target's: there the two have to meet.
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
"""Below this luma hue is not to be trusted."""

LIGHT = 0.08
"""Sigma of what is coarse in luma, in sides of the crop: that of shades on a cheek, coarser than an eye."""
HUE = 0.05
"""The same of hue, which tells people apart by less than luma does, and shows a border sooner."""
RIM = 0.035
"""The same of both at the face's rim; and of shades, such as eyes lie in, that darken skin anywhere."""
WIDE = (0.3, 0.14)
"""Sigmas of what stands in for a finer estimate where there is little skin near by."""
PRIOR = 0.05
"""How much skin near by is little."""

SHADES = 1.4
"""Gain of what is darker than its surroundings. Brows, eyes and nostrils that fade take the likeness with them."""
SHADOWS = 1.0
"""The same where there are no features: shadows belong to the light that the source was photographed in."""
SHINE = 0.7
"""Gain of what is lighter: shine belongs to that light, too."""
GLOW = 20.0
"""So much lighter than its surroundings skin gets at most: more would bleach a shade, or what shines already."""
GLARE = 20.0
"""So much lighter than its surroundings skin shows the lamp's colour and not its own: none of it is taken along."""
WARMTH = np.array([0.6, -0.6], np.float32)
"""What red and blue, as parts of luma, gain where luma falls by 255: what comes out of skin in a shade is redder.

By how much depends on light and film, so a face's own skin says it; this is what counts where it says little.
"""
EVEN = 12.0
"""Standard deviation of luma over a skin that says little."""
DEEPEST = 50.0
"""So much darker than its surroundings skin gains no more: there is no light left that could come out of it."""

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Light:
    """What light makes of plain skin all over a crop."""

    parts: Array
    """Its luma and hues, [h, w, 3]."""
    warmth: Array
    """What its hues gain where its luma falls by 255, [2]."""

    @classmethod
    def of(cls, image: Image, skin: Plane, rim: Plane) -> Light:
        """Estimated where there is skin and continued to where there is none.

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
        """The same, but nowhere lighter than the crop's skin near by, and as much warmer as that makes it darker.

        Args:
            image: the crop that it was estimated in.
            lit: where it shows skin of any kind, 0..1: that around eyes tells how deep they lie in the shade.
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
    """The source as it would look in another light.

    Args:
        source: RGB 0..255, [h, w, 3].
        its: the light it is in.
        light: the light it is to be in.
        detail: how much of its fine structure is wanted where, 0..1.
        skin: where it has no features, 0..1.
        matt: where what is light is shine, and not the white of eyes and teeth, 0..1.
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
    """Luma, and red and blue as parts of it: a shade of one colour differs in luma alone."""
    luma = image @ LUMA[:, None]
    return np.concatenate([luma, (image[..., ::2] - luma) / np.maximum(luma, DARKEST)], axis=2)


def local_mean(parts: Array, weight: Plane, sigma: float, fallback: Array) -> Array:
    """Weighted means [h, w, channels]; `sigma` in sides; `fallback` counts where there is little weight near by."""
    near_by = _blur(weight, sigma)[..., None]
    means = _blur(parts * weight[..., None], sigma).reshape(parts.shape)
    return np.asarray((means + PRIOR * fallback) / (near_by + PRIOR), np.float32)


def _warmth(parts: Array, skin: Plane) -> Array:
    """A line through the hues of skin by its luma, in least squares; ridge regression towards WARMTH."""
    weight = skin[..., None] / skin.sum()
    off = parts - (parts * weight).sum(axis=(0, 1))
    luma = off[..., :1] * weight
    spread = (luma * off[..., :1]).sum()
    falls = -255 * (luma * off[..., 1:]).sum(axis=(0, 1))
    return np.asarray((falls + EVEN**2 * WARMTH) / (spread + EVEN**2), np.float32)


def _luma(coarse: Array, fine: Array, cut_off: Array, shades: Array) -> Array:
    """Both together; lights are compressed into the room below `cut_off`."""
    room = np.maximum(cut_off - coarse, 1)
    lights = room * np.tanh(np.maximum(fine, 0) * SHINE / room)
    return np.asarray(np.maximum(coarse + lights + np.minimum(fine, 0) * shades, 0), np.float32)


def _blur(image: Array, sigma: float) -> Array:
    return cv2.GaussianBlur(image, (0, 0), sigma * len(image), borderType=cv2.BORDER_REPLICATE)
