"""A detected face. Knows nothing of detectors or pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Face:
    """One face in an image. Coordinates count from the centre of the first pixel."""

    box: npt.NDArray[np.float32]
    """Bounding box: left, top, right, bottom, [4]."""
    points: npt.NDArray[np.float32]
    """Landmarks [5, 2]: right eye, left eye, nose, right and left corner of the mouth, left to right in the image."""
    score: float
    """The detector's confidence, 0..1."""
    likeness: npt.NDArray[np.float32] | None = None
    """Cosine similarity to each person who is looked for, [R]; None before it is computed."""

    @property
    def area(self) -> float:
        """Of the box, in square pixels."""
        left, top, right, bottom = self.box.tolist()
        return float(max(0.0, right - left) * max(0.0, bottom - top))

    @cached_property
    def side(self) -> float:
        """Of the square with the box's area, in pixels."""
        return math.sqrt(self.area)

    @cached_property
    def centre(self) -> tuple[float, float]:
        """Of the box: x, y."""
        left, top, right, bottom = self.box.tolist()
        return (left + right) / 2, (top + bottom) / 2

    def scaled(self, factor: float) -> Face:
        """The face in the image resized by the factor. Pixel edges scale; centres lie half a pixel inside them."""
        return replace(self, box=_scaled(self.box, factor), points=_scaled(self.points, factor))


def _scaled(coordinates: npt.NDArray[np.float32], factor: float) -> npt.NDArray[np.float32]:
    return ((coordinates + 0.5) * factor - 0.5).astype(np.float32)
