"""Takes a crop out of a picture: each component is warped from its own samples, then the crop alone becomes RGB."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from .affine import Affine
from .layout import Samples
from .picture import Picture
from .region import covered, within

MARGIN = 2
"""Samples around those that the crop covers, for interpolation."""


def crop(picture: Picture, stored_from_crop: Affine, size: int) -> npt.NDArray[np.uint8]:
    """RGB uint8 [size, size, 3].

    Bilinear whatever the scale, as insightface's `norm_crop` takes them and what was trained with it expects. Beyond
    the picture's edges it is mirrored.
    """
    warped = [
        _warp(component, grid.from_picture(stored_from_crop), size)
        for component, grid in zip(picture.components, picture.layout.grids, strict=True)
    ]
    return picture.layout.rgb(np.stack(warped, axis=-1))


def _warp(component: Samples, own_from_crop: Affine, size: int) -> Samples:
    """Only the region that is needed is looked at, since OpenCV copies what is not contiguous."""
    rectangle = (0, 0, size - 1, size - 1)
    region = covered(component.shape, own_from_crop, rectangle, MARGIN)
    return cv2.warpAffine(
        component[region],
        within(region, own_from_crop),
        (size, size),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT_101,
    )
