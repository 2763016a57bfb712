"""insightface's own classes on files of ours: quiet, on processors, with what they need of a face and no more."""

from __future__ import annotations

import contextlib
import io
import os
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

Array = npt.NDArray[Any]


def session(file: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def swapped(swapper: Any, rgb: Array, points: Array, embedding: Array) -> Array:
    """`INSwapper.get(paste_back=False)`: RGB uint8 [128, 128, 3]."""
    length = np.linalg.norm(embedding)
    source = SimpleNamespace(normed_embedding=embedding / length)
    with _estimating():
        made, _ = swapper.get(_bgr(rgb), SimpleNamespace(kps=points), source, paste_back=False)
    return np.asarray(made[..., ::-1])


def swapped_in(swapper: Any, bgr: Array, points: Array, source: Any) -> Array:
    """`INSwapper.get`: the frame, BGR, with the face at these points swapped."""
    with _estimating():
        return np.asarray(swapper.get(bgr, SimpleNamespace(kps=points), source, paste_back=True))


def aligned(rgb: Array, points: Array, size: int) -> Array:
    """`face_align.norm_crop`: what insightface's models are given, RGB uint8 [size, size, 3]."""
    from insightface.utils.face_align import norm_crop

    with _estimating():
        return np.asarray(norm_crop(_bgr(rgb), points, size)[..., ::-1])


def in_swapper(file: Path) -> Any:
    with _quiet():
        from insightface.model_zoo.inswapper import INSwapper

        return INSwapper(str(file), session(file))


def arcface(file: Path) -> Any:
    with _quiet():
        from insightface.model_zoo.arcface_onnx import ArcFaceONNX

        return ArcFaceONNX(str(file), session(file))


def scrfd(file: Path, min_score: float) -> Any:
    with _quiet():
        from insightface.model_zoo.scrfd import SCRFD

        detector = SCRFD(str(file), session(file), static_shape_sessions=False)
    detector.det_thresh = min_score
    return detector


def detected(detector: Any, rgb: Array) -> tuple[Array, Array]:
    """Boxes with scores [N, 5] and points [N, 5, 2], in an image whose sides the detector takes as they are."""
    found: tuple[Array, Array] = detector.detect(_bgr(rgb), input_size=(rgb.shape[1], rgb.shape[0]))
    return found


def _bgr(rgb: Array) -> Array:
    return np.ascontiguousarray(rgb[..., ::-1])


@contextlib.contextmanager
def _quiet() -> Any:
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _estimating() -> Any:
    """It aligns by a method that scikit-image is about to drop."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield
