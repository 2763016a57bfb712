"""The outline of a face, estimated from its five landmarks. Pure geometry."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .align import template

Array = npt.NDArray[np.float64]

UNIT = 128
MIDDLE_X, BROW_Y = 64.0, 56.0
"""The middle of the face, and the height at which it is widest, in a crop of 128 x 128."""
HALF_WIDTH = 41.0
"""At BROW_Y: eyes are 35 apart, a face is about 2.3 times as wide (Farkas, "Anthropometry of the Head and Face")."""
UP, DOWN = 36.0, 66.0
"""From BROW_Y to the hairline and to the chin."""
SQUARENESS = 2.4
"""Exponent of the superellipse below: 2 is an ellipse, more is a squarer jaw."""
CORNERS = 32
TRUST = np.diag([300.0, 300.0, 0.05])
"""Ridge penalties on leaving the template's shape, against sums of squares over the five landmarks."""


def outline(points: npt.NDArray[np.floating], size: int) -> Array:
    """A convex polygon around the face from hair to chin, [CORNERS, 2], in a crop of `size`; it may leave the crop.

    The template's outline under the affine transform from the template's landmarks to these: a face that is turned is
    narrower, one that looks up is shorter. By ridge regression, since five noisy landmarks say little about it.

    Args:
        points: landmarks [5, 2], in the crop.
        size: S.
    """
    centre = np.array([MIDDLE_X, BROW_Y])
    known = template(UNIT) - centre
    seen = points.astype(np.float64) * (UNIT / size) - centre
    design = np.column_stack([known, np.ones(5)])
    straight = np.eye(2, 3).T
    found = np.linalg.solve(design.T @ design + TRUST, design.T @ seen + TRUST @ straight)
    bent = np.column_stack([_face(), np.ones(CORNERS)]) @ found
    return np.asarray((bent + centre) * (size / UNIT))


def _face() -> Array:
    """The template's outline around its middle: half an ellipse above, half a superellipse below."""
    angle = np.arange(CORNERS) * (2 * np.pi / CORNERS)
    across, down = np.cos(angle), np.sin(angle)
    power = np.where(down > 0, 2 / SQUARENESS, 1.0)
    x = np.sign(across) * np.abs(across) ** power * HALF_WIDTH
    y = np.sign(down) * np.abs(down) ** power * np.where(down > 0, DOWN, UP)
    return np.column_stack([x, y])
