"""Affine transforms of the plane as float64 [2, 3]. Pure geometry."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Affine = npt.NDArray[np.float64]

IDENTITY: Affine = np.eye(2, 3)


def compose(outer: Affine, inner: Affine) -> Affine:
    """The transform that applies `inner` first, then `outer`."""
    linear = outer[:, :2] @ inner[:, :2]
    return np.column_stack([linear, outer[:, :2] @ inner[:, 2] + outer[:, 2]])


def invert(affine: Affine) -> Affine:
    """The inverse. Raises numpy.linalg.LinAlgError where it is singular."""
    linear = np.linalg.inv(affine[:, :2])
    return np.column_stack([linear, -linear @ affine[:, 2]])


def shifted(affine: Affine, x: float, y: float) -> Affine:
    """The transform followed by a translation by (x, y)."""
    return np.asarray(affine + np.array([[0, 0, x], [0, 0, y]]))


def beginning_at(affine: Affine, x: float, y: float) -> Affine:
    """The transform preceded by a translation by (x, y)."""
    return np.column_stack([affine[:, :2], affine[:, :2] @ (x, y) + affine[:, 2]])


def apply(affine: Affine, points: npt.NDArray[np.floating]) -> Affine:
    """Transforms points [N, 2]."""
    return np.asarray(points @ affine[:, :2].T + affine[:, 2])
