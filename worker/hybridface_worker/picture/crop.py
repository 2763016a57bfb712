"""Crops a picture: each component is warped from its own samples, then the crop alone is converted to RGB."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from .affine import Affine, compose
from .layout import Samples
from .picture import Picture
from .region import covered, within

MARGIN = 2
"""Extra samples around those that the crop covers, for interpolation."""


def crop(picture: Picture, stored_from_crop: Affine, size: int) -> npt.NDArray[np.uint8]:
    """RGB uint8 [size, size, 3].

    Bilinear at any scale, as insightface's `norm_crop` is, which models were trained with. Beyond its edges the picture
    is mirrored.
    """
    return _crop(picture, stored_from_crop, size, means=False)


def mean_crop(picture: Picture, stored_from_crop: Affine, size: int) -> npt.NDArray[np.uint8]:
    """The same for viewing: averaged down where the picture has more samples than the crop, so without grain."""
    return _crop(picture, stored_from_crop, size, means=True)


def _crop(picture: Picture, stored_from_crop: Affine, size: int, *, means: bool) -> npt.NDArray[np.uint8]:
    warped = [
        _warp(component, grid.from_picture(stored_from_crop), size, means=means)
        for component, grid in zip(picture.components, picture.layout.grids, strict=True)
    ]
    return picture.layout.rgb(np.stack(warped, axis=-1))


def _warp(component: Samples, own_from_crop: Affine, size: int, *, means: bool) -> Samples:
    """Warps from the region that is needed alone, since OpenCV copies arrays that are not contiguous."""
    spacing = max(1, int(np.sqrt(abs(np.linalg.det(own_from_crop[:, :2]))))) if means else 1
    region = covered(component.shape, own_from_crop, (0, 0, size - 1, size - 1), MARGIN * spacing)
    samples, samples_from_crop = _means(component[region], within(region, own_from_crop), spacing)
    return cv2.warpAffine(
        samples,
        samples_from_crop,
        (size, size),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT_101,
    )


def _means(samples: Samples, from_crop: Affine, spacing: int) -> tuple[Samples, Affine]:
    """Samples averaged down by a factor, and the transform from the crop to these."""
    if spacing == 1:
        return samples, from_crop
    height, width = samples.shape
    size = max(1, width // spacing), max(1, height // spacing)
    across, down = size[0] / width, size[1] / height
    means_from_own = np.array([(across, 0, (across - 1) / 2), (0, down, (down - 1) / 2)])
    means: Samples = cv2.resize(samples, size, interpolation=cv2.INTER_AREA)
    return means, compose(means_from_own, from_crop)
