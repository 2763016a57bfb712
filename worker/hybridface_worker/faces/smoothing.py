"""The local linear fit by which a face is smoothed. Pure arithmetic over one chain of detections."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .following import Chain
from .types import Face

TOLERANCE = 0.03
"""Residual of a coordinate, in sides of the face, beyond which its weight falls (Huber's k)."""
ROUNDS = 3


def fit(chain: Chain, smoothing: int) -> Face:
    """The face at distance 0 by weighted least squares on a line, for each coordinate on its own.

    Frames are weighted by distance (Epanechnikov's kernel), so that nothing jumps when one enters or leaves the window.
    Outliers are down-weighted by Huber's weights ("Robust Estimation of a Location Parameter", 1964), in a fixed number
    of rounds. Points that lie on a line are not changed, nor is a single one.

    Args:
        chain: within `smoothing` frames on each side, one at least.
        smoothing: k; the kernel falls to 0 at distance k + 1.

    Returns:
        The smoothed face. Its score is the detection's own, or for a bridged face the lowest of the chain. Its likeness
        is the chain's mean under the same kernel: identity does not change from frame to frame, but turned and blurred
        faces are less reliable.
    """
    score = chain[0].score if 0 in chain else min(face.score for face in chain.values())
    distances = np.array(sorted(chain), np.float64)
    faces = [chain[int(distance)] for distance in distances]
    values = np.array([[*face.box, *face.points.ravel()] for face in faces], np.float64)
    tolerance = TOLERANCE * max(face.side for face in faces)
    kernel = np.broadcast_to(1 - (distances[:, None] / (smoothing + 1)) ** 2, values.shape)
    weights = kernel
    at_zero, slope = _line(distances, values, weights)
    for _ in range(ROUNDS):
        residual = np.abs(values - at_zero - distances[:, None] * slope)
        weights = kernel * np.minimum(1, tolerance / np.maximum(residual, 1e-9))
        at_zero, slope = _line(distances, values, weights)
    placed = at_zero.astype(np.float32)
    return Face(placed[:4], placed[4:].reshape(5, 2), score, _likeness(faces, kernel[:, 0]))


Values = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def _likeness(faces: Sequence[Face], kernel: Values) -> npt.NDArray[np.float32] | None:
    told = [(face.likeness, weight) for face, weight in zip(faces, kernel, strict=True) if face.likeness is not None]
    if not told:
        return None
    likeness, weights = (np.array(column, np.float64) for column in zip(*told, strict=True))
    return np.asarray((likeness * weights[:, None]).sum(axis=0) / weights.sum(), np.float32)


def _line(distances: Values, values: Values, weights: Values) -> tuple[Values, Values]:
    """Value at 0 and slope of the weighted regression line through each column."""
    total = weights.sum(axis=0)
    middle = (weights * distances[:, None]).sum(axis=0) / total
    mean = (weights * values).sum(axis=0) / total
    offset = distances[:, None] - middle
    spread = (weights * offset**2).sum(axis=0)
    slope = (weights * offset * (values - mean)).sum(axis=0) / np.where(spread > 0, spread, 1)
    return mean - slope * middle, slope
