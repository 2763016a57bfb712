"""The similarity transform from a face's five landmarks to a template, which aligns every crop. Pure geometry."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Affine = npt.NDArray[np.float64]

TEMPLATE_112 = np.array(
    [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)]
)
"""The landmarks in ArcFace's 112 x 112 crop (insightface, `arcface_dst`), pixel centres at integers."""

WIDENED_BY = 8.0
"""Added to x in a 128 x 128 crop, which is 16 pixels wider and taller at the same scale, to include the chin."""


FFHQ_512 = np.array(
    [
        (192.98138, 239.94708),
        (318.90277, 240.1936),
        (256.63416, 314.01935),
        (201.26117, 371.41043),
        (313.08905, 371.15118),
    ]
)
"""The landmarks in a 512 x 512 crop aligned as FFHQ is (facexlib, `face_template`), with more of the head."""


def template(size: int) -> Affine:
    """The landmarks in a crop of `size` x `size`, float64 [5, 2].

    112 is ArcFace's own; 128 is the same scale in a wider crop, as the inswapper models were trained; every other size
    is a scaled 128.
    """
    if size == 112:
        return TEMPLATE_112.copy()
    return np.asarray((TEMPLATE_112 + np.array([WIDENED_BY, 0.0])) * (size / 128))


def ffhq_template(size: int) -> Affine:
    """The landmarks in a crop of `size` x `size` for models that were trained on FFHQ, float64 [5, 2]."""
    return np.asarray(FFHQ_512 * (size / 512))


def similarity(points: npt.NDArray[np.floating], target: npt.NDArray[np.floating]) -> Affine:
    """The least-squares similarity transform (rotation, uniform scale, translation) to `target`, float64 [2, 3].

    Umeyama, "Least-squares estimation of transformation parameters between two point patterns", 1991, eq. 40-42. It
    never reflects. Points that all coincide give scale 0.

    Args:
        points: [N, 2], such as a face's landmarks.
        target: [N, 2], such as the template's.
    """
    source, destination = points.astype(np.float64), target.astype(np.float64)
    source_mean, destination_mean = source.mean(axis=0), destination.mean(axis=0)
    centred = source - source_mean
    covariance = (destination - destination_mean).T @ centred / len(source)
    left, singular, right = np.linalg.svd(covariance)
    signs = np.array([1.0, 1.0 if np.linalg.det(left) * np.linalg.det(right) > 0 else -1.0])
    variance = (centred**2).sum() / len(source)
    scale = float(singular @ signs) / variance if variance > 0 else 0.0
    linear = scale * (left * signs) @ right
    return np.column_stack([linear, destination_mean - linear @ source_mean])
