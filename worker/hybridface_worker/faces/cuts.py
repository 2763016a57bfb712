"""Shot boundary detection from two consecutive thumbnails alone.

A false cut costs a little smoothing; a missed one mixes the faces of two shots. So false cuts are preferred.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

GRID = (32, 18)
BINS = 8
LEAST_CHANGE = 0.06
"""Mean absolute difference of luma on the grid, 0..1. Motion within a shot rarely reaches it."""
SURE_CHANGE = 0.20
LEAST_OVERLAP = 0.60
"""Intersection of the colour histograms, 0..1, which a pan barely changes."""


@dataclass(frozen=True, eq=False)
class Glance:
    """What is compared of a frame; kept, since each is compared with two others."""

    thumbnail: npt.NDArray[np.uint8]
    """RGB [h, w, 3]."""
    grey: npt.NDArray[np.float32]
    """Of GRID, 0..255."""

    @classmethod
    def of(cls, thumbnail: npt.NDArray[np.uint8]) -> Glance:
        """Of a thumbnail, RGB [h, w, 3]."""
        return cls(thumbnail, _grid(thumbnail))


def is_cut(before: Glance, after: Glance) -> bool:
    """Whether a new shot begins with `after`. A change of size is a cut."""
    if before.thumbnail.shape != after.thumbnail.shape:
        return True
    change = float(np.abs(before.grey - after.grey).mean()) / 255
    if change >= SURE_CHANGE:
        return True
    if change < LEAST_CHANGE:
        return False
    shared = np.minimum(_histogram(before.thumbnail), _histogram(after.thumbnail)).sum()
    return float(shared) < LEAST_OVERLAP


def _grid(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    small = cv2.resize(image, GRID, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.float32)


def _histogram(image: npt.NDArray[np.uint8]) -> npt.NDArray[Any]:
    counts = cv2.calcHist([image], [0, 1, 2], None, [BINS] * 3, [0, 256] * 3)
    return np.asarray(counts / counts.sum())
