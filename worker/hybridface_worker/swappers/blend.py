"""The built-in swapper without a network: the source's aligned features in the target's light and skin.

1. Light and skin: what is coarser than facial features is taken from the target, what is finer from the source, with
   its contrast brought to the target's. Statistics are taken under the mask, so hair and background have no say.
2. Seam: both are blended band by band (Burt and Adelson, "A Multiresolution Spline with Application to Image Mosaics",
   1983), so that coarse differences fade over a wide seam and fine ones over a narrow one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from .protocol import Crop, Crops, Source

SIZE = 256
LIGHT = 0.11
"""Sigma of what counts as light and skin, in sides of the crop: coarser than an eye or a mouth."""
CONTRAST = (0.6, 1.4)
LEVELS = 4

Image = npt.NDArray[np.float32]


class BlendSwapper:
    """Works crop by crop; equal crops give equal results, whatever the batch."""

    size = SIZE
    needs_embedding = False

    def swap(self, crops: Crops, sources: Sequence[Source]) -> Crops:
        """The crops with the sources' features; outside of the mask they are the targets' to the last bit."""
        details = {id(source): _split(source.crop) for source in sources}
        return np.stack([_swap(crop, *details[id(source)]) for crop, source in zip(crops, sources, strict=True)])


def _swap(target: Crop, source_light: Image, source_detail: Image) -> Crop:
    del source_light
    light, detail = _split(target)
    dressed = light + source_detail * _gain(detail, source_detail)
    blended = multiband(target.astype(np.float32), np.clip(dressed, 0, 255), face_mask())
    out = np.rint(np.clip(blended, 0, 255)).astype(np.uint8)
    return np.where(support()[..., None], out, target)


def _split(crop: Crop) -> tuple[Image, Image]:
    """What is coarse under the mask, and the rest of the crop: [S, S, 3] both."""
    image = crop.astype(np.float32)
    weight = face_mask()
    sigma = LIGHT * SIZE
    light = _blur(image * weight[..., None], sigma) / np.maximum(_blur(weight, sigma), 1e-3)[..., None]
    return light, image - light


def _blur(image: Image, sigma: float) -> Image:
    """Gaussian, by way of a quarter of the size: it is far coarser than that."""
    small = cv2.resize(image, (SIZE // 4, SIZE // 4), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / 4, borderType=cv2.BORDER_REPLICATE)
    return cv2.resize(small, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)


def _gain(target: Image, source: Image) -> float:
    weight = face_mask()
    ratio = _spread(target, weight) / max(_spread(source, weight), 1e-3)
    return float(np.clip(ratio, *CONTRAST))


def _spread(detail: Image, weight: Image) -> float:
    return float((np.abs(detail).mean(axis=2) * weight).sum() / weight.sum())


@lru_cache(maxsize=1)
def face_mask() -> Image:
    """Soft oval from above the brows to the chin, [S, S], 0..1."""
    y, x = np.indices((SIZE, SIZE), np.float32) * (128 / SIZE)
    across = np.abs(x - 64) / 33
    down = np.where(y < 74, (74 - y) / 40, (y - 74) / 38)
    distance = (across**2.3 + down**2.3) ** (1 / 2.3)
    return np.clip((1.12 - distance) / 0.24, 0, 1).astype(np.float32)


@lru_cache(maxsize=1)
def support() -> npt.NDArray[np.bool_]:
    """Where the crop may change, [S, S]."""
    return cv2.dilate(face_mask(), np.ones((5, 5), np.uint8)) > 0


def multiband(base: Image, over: Image, mask: Image) -> Image:
    """`over` on `base` where the mask [S, S] is 1; images float32 [S, S, 3]."""
    difference, masks = over - base, [mask]
    bands = []
    for _ in range(LEVELS):
        coarse = cv2.pyrDown(difference)
        bands.append(difference - cv2.pyrUp(coarse))
        masks.append(cv2.pyrDown(masks[-1]))
        difference = coarse
    result = difference * masks[-1][..., None]
    for band, weight in zip(reversed(bands), reversed(masks[:-1]), strict=True):
        result = cv2.pyrUp(result) + band * weight[..., None]
    return base + result
