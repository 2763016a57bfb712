"""Pastes a swapped crop into a picture's own components: warped, blended and rounded once, at their own depth.

The crop is converted to component codes while it is small. Mask and premultiplied codes are then warped to each
component's own grid. A sample is left bit-exact where the mask is 0 at all pixels of the crop that contribute to it:
its four neighbours or, where the crop is scaled down by two or more, those that are averaged.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import cv2
import numpy as np
import numpy.typing as npt

from .affine import Affine, beginning_at, compose, invert
from .layout import Samples
from .mask import Crop, Mask, changed
from .picture import Picture
from .region import Region, bands

Plane = npt.NDArray[np.float32]

BAND = 128
"""Rows per band, so that intermediate results stay in the processor's cache."""

_DEPTHS = {1: cv2.CV_8U, 2: cv2.CV_16U}


def paste(
    picture: Picture, stored_from_crop: Affine, before: Crop, after: Crop, mask: Mask, ratio: float = 1.0
) -> bool:
    """Writes what a swapper changed; returns whether anything was written.

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
    codes = [values * weight for values in picture.layout.codes(after)]
    wrote = False
    for grid, group in groupby(range(len(picture.components)), key=picture.layout.grids.__getitem__):
        members = list(group)
        components = [picture.components[i] for i in members]
        own_from_crop = grid.from_picture(stored_from_crop)
        kept = _Layer.of(1 - weight, own_from_crop, outside=1.0)
        added = [_Layer.of(codes[i], own_from_crop, outside=0.0) for i in members]
        for region in bands(components[0].shape, own_from_crop, around, BAND):
            part = kept.warped(region)
            for component, layer in zip(components, added, strict=True):
                _blend(component[region], part, layer.warped(region))
            wrote = True
    return wrote


def _blend(samples: Samples, kept: Plane, added: Plane) -> None:
    """`samples * kept + added`, in place, rounded once."""
    scaled = cv2.multiply(samples, kept, dtype=cv2.CV_32F)
    samples[...] = cv2.add(scaled, added, dtype=_DEPTHS[samples.itemsize])


@dataclass(frozen=True, eq=False)
class _Layer:
    """Values in crop coordinates that are warped to the samples of a component."""

    values: Plane
    values_from_own: Affine
    outside: float

    @classmethod
    def of(cls, values: Plane, own_from_crop: Affine, *, outside: float) -> _Layer:
        """Averaged down first where samples are sparser than the crop's, so that none are skipped."""
        spacing = int(1 / np.sqrt(abs(np.linalg.det(own_from_crop[:, :2]))))
        if spacing <= 1:
            return cls(values, invert(own_from_crop), outside)
        side = max(1, len(values) // spacing)
        step = len(values) / side
        crop_from_means = np.array([(step, 0, (step - 1) / 2), (0, step, (step - 1) / 2)])
        means = cv2.resize(values, (side, side), interpolation=cv2.INTER_AREA)
        return cls(np.asarray(means, np.float32), invert(compose(own_from_crop, crop_from_means)), outside)

    def warped(self, region: Region) -> Plane:
        """The values at a region's samples, bilinear."""
        rows, columns = region
        values = cv2.warpAffine(
            self.values,
            beginning_at(self.values_from_own, columns.start, rows.start),
            (columns.stop - columns.start, rows.stop - rows.start),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderValue=self.outside,
        )
        return np.asarray(values, np.float32)
