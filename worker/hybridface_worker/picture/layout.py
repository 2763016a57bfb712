"""How a picture's components are coded and sited. Pure: no samples here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from . import matrix
from .affine import Affine, compose
from .formats import PixelFormat
from .matrix import Matrix

Samples = npt.NDArray[Any]
"""uint8 or uint16, [height, width]; any strides."""

SITES = {1: (0.0, 0.5), 2: (0.5, 0.5), 3: (0.0, 0.0), 4: (0.5, 0.0), 5: (0.0, 1.0), 6: (0.5, 1.0)}
"""AVChromaLocation: where chroma is sited between the first and the second luma sample, across and down."""
LEFT, CENTRE = 1, 2


@dataclass(frozen=True)
class Grid:
    """Where a component's samples lie: sample (i, j) at picture coordinates (i * step_x + x, j * step_y + y)."""

    step_x: int = 1
    step_y: int = 1
    x: float = 0.0
    y: float = 0.0

    def from_picture(self, affine: Affine) -> Affine:
        """A transform to picture coordinates, turned into one to those of this component's samples."""
        own = np.array([(1 / self.step_x, 0, -self.x / self.step_x), (0, 1 / self.step_y, -self.y / self.step_y)])
        return compose(own, affine)


@dataclass(frozen=True, eq=False)
class Layout:
    """Of one picture: one, three components of the same depth."""

    depth: int
    grids: tuple[Grid, ...]
    """One for each component."""
    from_rgb: Matrix
    """[components, 4]: component codes from R, G, B (0..255) and 1."""
    to_rgb: Matrix
    """[3, components + 1]: R, G, B (0..255) from component codes and 1."""

    @property
    def top(self) -> int:
        """The largest code."""
        return int(2**self.depth - 1)

    def rgb(self, codes: Samples) -> npt.NDArray[np.uint8]:
        """RGB [H, W, 3] from component codes [H, W, components], clipped."""
        exact = cv2.transform(codes.astype(np.float32), self.to_rgb)
        return np.rint(np.clip(exact, 0, 255)).astype(np.uint8)

    def codes(self, rgb: npt.NDArray[np.uint8]) -> list[npt.NDArray[np.float32]]:
        """Component codes [H, W] from RGB [H, W, 3], clipped to the depth and not yet rounded."""
        red, green, blue = cv2.split(rgb.astype(np.float32))
        return [
            np.minimum(r * red + g * green + b * blue + offset, np.float32(self.top))
            for r, g, b, offset in self.from_rgb.astype(np.float32)  # not `@`: BLAS would start threads of its own
        ]


@lru_cache(maxsize=64)
def layout_of(
    pixels: PixelFormat, height: int, *, full_range: bool | None = None, matrix_code: int = 2, chroma_location: int = 0
) -> Layout:
    """The layout of pictures of one format; what is unspecified is guessed as players do.

    Args:
        pixels: the format.
        height: of the picture, by which an unspecified matrix is guessed.
        full_range: None where the file does not say.
        matrix_code: H.273's MatrixCoefficients.
        chroma_location: FFmpeg's AVChromaLocation.

    Raises:
        InputRefused: the matrix is not linear.
    """
    full = pixels.full_range if full_range is None else full_range
    count = len(pixels.places)
    linear = np.eye(3) if pixels.rgb else matrix.from_rgb(matrix.guess(matrix_code, height))
    codes = [matrix.coded(pixels.depth, full_range=full, chroma=i > 0 and not pixels.rgb) for i in range(count)]
    scale = np.array([scale for scale, _ in codes])
    offset = np.array([offset for _, offset in codes])
    from_rgb = np.column_stack([scale[:, None] * linear[:count] / 255, offset])
    return Layout(pixels.depth, _grids(pixels, chroma_location), from_rgb, _inverse(from_rgb))


def _inverse(from_rgb: Matrix) -> Matrix:
    """The inverse; for a single component, the grey of that code."""
    linear, offset = from_rgb[:, :3], from_rgb[:, 3]
    back = np.linalg.inv(linear) if len(linear) == 3 else np.ones((3, 1)) / linear.sum()
    return np.column_stack([back, -back @ offset])


def _grids(pixels: PixelFormat, chroma_location: int) -> tuple[Grid, ...]:
    step_x, step_y = pixels.subsampling
    across, down = SITES.get(chroma_location, SITES[CENTRE if pixels.centred else LEFT])
    chroma = Grid(step_x, step_y, across * (step_x - 1), down * (step_y - 1))
    return (Grid(), *[chroma] * (len(pixels.places) - 1))
