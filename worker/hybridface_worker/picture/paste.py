"""Brings a swapped crop back into a picture's own components: warped, blended and rounded once, in their own depth.

The crop's colours become component codes while it is small. Mask and codes times mask are then warped to each
component's own grid, so a sample where the mask is 0 comes out as it went in, to the last bit.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from .affine import Affine, compose, invert
from .layout import Samples
from .mask import Mask, changed
from .picture import Picture
from .region import Rectangle, covered, within

Crop = npt.NDArray[np.uint8]

_DEPTHS = {1: cv2.CV_8U, 2: cv2.CV_16U}


def paste(
    picture: Picture, stored_from_crop: Affine, before: Crop, after: Crop, mask: Mask, ratio: float = 1.0
) -> bool:
    """Writes what a swapper changed; returns whether there was any.

    Args:
        picture: is written to.
        stored_from_crop: [2, 3], the crop's place.
        before: the crop as it was taken, RGB [S, S, 3].
        after: what became of it.
        mask: [S, S], how much of it is wanted where.
        ratio: the same for all of it, 0..1.
    """
    reach = changed(before, after)
    if reach is None or ratio <= 0:
        return False
    weight = np.minimum(mask, reach) * np.float32(ratio)
    left, top, width, height = cv2.boundingRect((weight > 0).view(np.uint8))
    if width == 0:
        return False
    around = (left - 1, top - 1, left + width, top + height)
    codes = picture.layout.codes(after)
    wrote = False
    for i, (component, grid) in enumerate(zip(picture.components, picture.layout.grids, strict=True)):
        wrote |= _blend(component, grid.from_picture(stored_from_crop), codes[..., i], weight, around)
    return wrote


def _blend(component: Samples, own_from_crop: Affine, codes: Samples, weight: Mask, around: Rectangle) -> bool:
    """`component + weight * (codes - component)` within what the rectangle of the crop covers."""
    region = covered(component.shape, own_from_crop, around)
    samples = component[region]
    if samples.size == 0:
        return False
    place = within(region, own_from_crop)
    kept = _warp(1 - weight, place, samples.shape, outside=1.0)
    added = _warp(codes * weight, place, samples.shape, outside=0.0)
    scaled = cv2.multiply(samples, kept, dtype=cv2.CV_32F)
    component[region] = cv2.add(scaled, added, dtype=_DEPTHS[samples.itemsize])
    return True


def _warp(values: Samples, own_from_crop: Affine, shape: tuple[int, ...], outside: float) -> Samples:
    """Values of the crop at samples of a component. Where these lie further apart than the crop's, means are taken."""
    spacing = int(1 / np.sqrt(abs(np.linalg.det(own_from_crop[:, :2]))))
    if spacing > 1:
        side = max(1, len(values) // spacing)
        step = len(values) / side
        values = cv2.resize(values, (side, side), interpolation=cv2.INTER_AREA)
        crop_from_small = np.array([(step, 0, (step - 1) / 2), (0, step, (step - 1) / 2)])
        own_from_crop = compose(own_from_crop, crop_from_small)
    height, width = shape
    return cv2.warpAffine(
        values,
        invert(own_from_crop),
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=outside,
    )
