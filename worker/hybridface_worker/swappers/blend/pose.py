"""Estimates the pose of a face in a crop, and warps another one to it. Pure geometry.

Model space is the template's: units of a 128 x 128 crop, the origin at the bridge of the nose, z towards the viewer. A
generic head gives z by x and y; a weak-perspective (affine) camera takes all three to a crop.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from hybridface_worker.faces.align import template

Array = npt.NDArray[np.float64]
Plane = npt.NDArray[np.float32]
Camera = npt.NDArray[np.float64]
"""[2, 4], the columns for x, y, z and 1: model space to units of a 128 x 128 crop, counted from ORIGIN."""

UNIT = 128
ORIGIN = np.array([64.0, 72.0])

HALF_WIDTH, HALF_HEIGHT = 46.0, 90.0
"""Of the head's ellipse. The eyes lie 35 apart, so a unit is 1.8 mm (63 mm between adults' pupils on average)."""
NARROWING = 0.25
"""How much narrower it gets for each unit below the bridge of the nose: a jaw turns away sooner than a cheek."""
ROUNDNESS = 55.0
"""Depth of the ellipse's rim: outer corners of the eyes are 10 units deep, cheekbones 25 (45 mm)."""
STEEPNESS = 0.96
"""Below 1, so that the slope at the rim is finite."""
NOSE_HEIGHT, NOSE_WIDTH, NOSE_LENGTH = 13.0, 9.0, 14.0
"""The nose as a Gaussian hill, with its standard deviations."""

STRAIGHT: Camera = np.eye(2, 4)
TRUST = np.diag([900.0, 4500.0, 60.0, 0.3])
"""Ridge penalties on leaving the frontal camera, against sums of squares over the five landmarks.

Highest for its x and y columns, in which people's proportions differ: the source keeps its own.
"""
MAX_TURN = 0.75
"""Of the camera's z column: beyond it half of the face is hidden, and the source has no pixels for it."""
ROUNDS = 6
LEAST_SEEN = 0.3
"""Least foreshortening: below it the head's outline is near."""


def depth(x: Array, y: Array) -> Array:
    """Height z of the head's surface."""
    return np.asarray(ROUNDNESS * (_dome(x, y) - 1) + _nose(x, y))


def foreshortening(x: Array, y: Array, seen_by: Camera) -> Array:
    """The foreshortening of the surface without the nose: 1 seen frontally, 0 or less where it is hidden."""
    return np.asarray(1 + _skew(seen_by)[0] * _slope(x, y))


def _dome(x: Array, y: Array) -> Array:
    rim = np.minimum((x / _half_width(y)) ** 2 + (y / HALF_HEIGHT) ** 2, 1)
    return np.asarray(np.sqrt(1 - STEEPNESS * rim))


def _slope(x: Array, y: Array) -> Array:
    """dz/dx, without the nose."""
    return np.asarray(-ROUNDNESS * STEEPNESS * x / _half_width(y) ** 2 / _dome(x, y))


def _nose(x: Array, y: Array) -> Array:
    return np.asarray(NOSE_HEIGHT * np.exp(-0.5 * ((x / NOSE_WIDTH) ** 2 + (y / NOSE_LENGTH) ** 2)))


def _half_width(y: Array) -> Array:
    return np.asarray(HALF_WIDTH - NARROWING * np.clip(y, 0, HALF_HEIGHT))


def _skew(seen_by: Camera) -> Array:
    """The parallax per unit of depth, in model x and y."""
    return np.asarray(np.linalg.solve(seen_by[:, :2], seen_by[:, 2]))


def _outline(y: Array, sideways: float) -> Array:
    """The x, as a distance, at which a turned head's foreshortening is down to LEAST_SEEN."""
    steepest = (1 - LEAST_SEEN) / max(abs(sideways), 1e-9)
    half = _half_width(y)
    left = 1 - STEEPNESS * np.minimum((y / HALF_HEIGHT) ** 2, 1)
    return np.asarray(half * np.sqrt(left / (STEEPNESS + (ROUNDNESS * STEEPNESS / (half * steepest)) ** 2)))


def camera(points: npt.NDArray[np.floating], size: int) -> Camera:
    """The camera that fits the head's five landmarks to those in a crop of `size`.

    By ridge regression towards the frontal camera, since five noisy landmarks say little about eight numbers.
    """
    x, y = (template(UNIT) - ORIGIN).T
    design = np.column_stack([x, y, depth(x, y), np.ones(5)])
    seen = points.astype(np.float64) * (UNIT / size) - ORIGIN
    found = np.linalg.solve(design.T @ design + TRUST, design.T @ seen + TRUST @ STRAIGHT.T).T
    turn = float(np.linalg.norm(found[:, 2]))
    found[:, 2] *= min(1.0, MAX_TURN / max(turn, 1e-9))
    return np.asarray(found)


def surface(seen_by: Camera, side: int) -> tuple[Array, Array]:
    """Model x and y of what a camera sees at the samples of a crop of `side`, [side, side] each.

    The point that a ray meets depends on its own depth: solved by Newton's method in x, where a head is round, and by
    fixed-point iteration in y, where it is rather flat. Beyond its outline the head is extrapolated linearly, so that
    rays which miss it end far from the face, continuously.
    """
    at = (np.arange(side) + 0.5) * (UNIT / side) - 0.5
    across, down = np.meshgrid(at - ORIGIN[0] - seen_by[0, 3], at - ORIGIN[1] - seen_by[1, 3])
    back = np.linalg.inv(seen_by[:, :2])
    sideways, upwards = _skew(seen_by)
    level, upright = back[0, 0] * across + back[0, 1] * down, back[1, 0] * across + back[1, 1] * down
    away = np.sign(sideways)
    x, y = level, upright
    for _ in range(ROUNDS):
        shown = away * np.minimum(away * x, _outline(y, sideways)) if away else x
        dome, hill = _slope(shown, y), -_nose(shown, y) * shown / NOSE_WIDTH**2
        z = depth(shown, y) + dome * (x - shown)
        x = x - (x + sideways * z - level) / np.maximum(1 + sideways * (dome + hill), LEAST_SEEN)
        y = upright - upwards * z
    return x, y


def sampling(x: Array, y: Array, seen_by: Camera, side: int) -> tuple[Plane, Plane]:
    """Columns and rows at which a crop of `side`, seen by a camera, shows model points; of the points' shape."""
    z = depth(x, y)
    columns, rows = (row[0] * x + row[1] * y + row[2] * z + row[3] for row in seen_by)
    step = side / UNIT
    return (
        np.asarray((columns + ORIGIN[0] + 0.5) * step - 0.5, np.float32),
        np.asarray((rows + ORIGIN[1] + 0.5) * step - 0.5, np.float32),
    )


def grown(plane: Plane, side: int) -> Plane:
    """A smooth plane [h, w], or several [h, w, n], at a larger size."""
    return np.asarray(cv2.resize(plane, (side, side), interpolation=cv2.INTER_LINEAR), np.float32)


def turned(image: npt.NDArray[Any], columns: Plane, rows: Plane) -> Plane:
    """The image sampled at columns and rows, of their shape; float32."""
    seen = cv2.remap(image, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(seen, np.float32)
