"""Filters detectors' candidates: duplicates, and what cannot be aligned. Pure geometry."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

LEAST_EXTENT = 1.0
"""Least extent of a face's landmarks in pixels: without it nothing can be aligned, whatever the score."""

MOST_CANDIDATES, MOST_FACES = 5000, 750
"""Before and after suppression, the best ones: without a bound a low `faces.minScore` would make a face of every spot.

Those of RetinaFace's reference implementation (`top_k`, `keep_top_k`).
"""


def alignable(boxes: npt.NDArray[np.floating], points: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    """Which of N candidates are finite, with landmarks that do not all coincide: bool [N].

    Args:
        boxes: [N, 4].
        points: landmarks, [N, 5, 2].
    """
    sound = np.isfinite(boxes).all(axis=1) & np.isfinite(points).all(axis=(1, 2))
    sound[sound] = np.ptp(points[sound], axis=1).max(axis=1) >= LEAST_EXTENT
    return np.asarray(sound, np.bool_)


def suppress(
    boxes: npt.NDArray[np.floating], scores: npt.NDArray[np.floating], *, overlap: float, border: float = 0.0
) -> list[int]:
    """Non-maximum suppression: indices of at most MOST_FACES boxes [N, 4] to keep, the best score first.

    Args:
        boxes: left, top, right, bottom.
        scores: [N]; of equal ones the first comes first.
        overlap: intersection over union from which two boxes are one face.
        border: added to width and height: 1 where right and bottom are the last pixels of the box.
    """
    area = np.prod(boxes[:, 2:] - boxes[:, :2] + border, axis=1)
    order = np.argsort(-scores, kind="stable")[:MOST_CANDIDATES]
    kept: list[int] = []
    while len(order) and len(kept) < MOST_FACES:
        best, order = order[0], order[1:]
        kept.append(int(best))
        low = np.maximum(boxes[best, :2], boxes[order, :2])
        high = np.minimum(boxes[best, 2:], boxes[order, 2:])
        shared = np.prod(np.maximum(high - low + border, 0), axis=1)
        order = order[shared < overlap * (area[best] + area[order] - shared)]
    return kept
