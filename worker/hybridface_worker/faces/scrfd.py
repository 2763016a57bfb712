"""SCRFD from insightface's packs (`det_10g.onnx`, `det_500m.onnx`, ...): bounding boxes, five landmarks and scores.

Guo et al., "Sample and Computation Redistribution for Efficient Face Detection", 2021. Knows nothing of frames: images
in, faces out.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from hybridface_worker.contract.spec import ModelRef
from hybridface_worker.inference.pictures import PictureModel
from hybridface_worker.inference.pixels import planes
from hybridface_worker.inference.session import SessionOptions
from hybridface_worker.inference.signature import Wanted, mismatch

from .candidates import alignable, suppress
from .types import Face

STRIDES = (8, 16, 32)
ANCHORS = 2
"""At each position of each stride's grid."""
WIDTHS = (1, 4, 10)
"""Of the outputs: for each stride scores, then boxes, then landmarks, as distances from the anchor's position."""
MEAN, SCALE = 127.5, 1 / 128
MAX_OVERLAP = 0.4
"""As insightface has it."""

Outputs = list[npt.NDArray[np.float32]]


class Scrfd:
    """SCRFD with five landmarks. One instance may be used from several threads."""

    def __init__(self, model: ModelRef, file: Path, options: SessionOptions, *, min_score: float) -> None:
        """Raises TaskError where the file is something else."""
        gives = [Wanted((..., width)) for width in WIDTHS for _ in STRIDES]
        self._network = PictureModel(model, file, options, takes=Wanted((None, 3, None, None)), gives=gives)
        self._model = model
        self._min_score = min_score
        self._height, self._width = self._network.shape[2:]

    def detect(self, images: Sequence[npt.NDArray[np.uint8]]) -> list[list[Face]]:
        """The faces of each image, the best score first. Consecutive images of one shape are one batch.

        To a fixed input size of the file, smaller images are padded with black on the right and below, larger ones
        scaled down.
        """
        found: list[list[Face]] = []
        for (height, width, _), group in groupby(images, key=lambda image: image.shape):
            scale = min(1.0, (self._height or height) / height, (self._width or width) / width)
            batch = self._padded(list(group), scale)
            outputs = self._run(batch)
            for i in range(len(batch)):
                faces = decode([output[i] for output in outputs], (batch.shape[1], batch.shape[2]), self._min_score)
                found.append([face.scaled(1 / scale) for face in faces] if scale < 1 else faces)
        return found

    def _padded(self, images: list[npt.NDArray[np.uint8]], scale: float) -> npt.NDArray[np.uint8]:
        """[N, H, W, 3], H and W what the file asks for, or the next multiples of the largest stride."""
        if scale < 1:
            height, width, _ = images[0].shape
            size = (max(1, int(width * scale)), max(1, int(height * scale)))
            images = [np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8) for image in images]
        height, width, _ = images[0].shape
        high, wide = (-(-side // STRIDES[-1]) * STRIDES[-1] for side in (height, width))
        batch = np.zeros((len(images), self._height or high, self._width or wide, 3), np.uint8)
        for slot, image in zip(batch, images, strict=True):
            slot[:height, :width] = image
        return batch

    def _run(self, batch: npt.NDArray[np.uint8]) -> Outputs:
        """The outputs as [N, positions and anchors, width]: files leave out the first axis, or have it."""
        count, height, width, _ = batch.shape
        outputs = self._network.run(planes(batch, mean=MEAN, scale=SCALE))
        shapes = [(count, height // s * (width // s) * ANCHORS, w) for w in WIDTHS for s in STRIDES]
        if any(output.size != np.prod(shape) for output, shape in zip(outputs, shapes, strict=True)):
            found = ", ".join(str(list(output.shape)) for output in outputs)
            wanted = ", ".join(str(list(shape)) for shape in shapes)
            raise mismatch(self._model, f"an image of {width} x {height}: expected outputs {wanted}; found {found}")
        return [output.reshape(shape) for output, shape in zip(outputs, shapes, strict=True)]


def decode(outputs: Outputs, size: tuple[int, int], min_score: float) -> list[Face]:
    """Faces from one image's outputs.

    A position (row, column) of a stride's grid is the pixel (row * stride, column * stride). Distances to the sides of
    the box and to the landmarks are in strides: to left and top backwards, to right and bottom forwards.

    Args:
        outputs: scores [K, 1] of the three strides, boxes [K, 4], landmarks [K, 10]; pairs are (x, y).
        size: height and width of the image.
        min_score: faces below it are dropped, as are those whose landmarks coincide or are not finite.
    """
    scores, boxes, marks = [], [], []
    for stride, score, distance, offset in zip(STRIDES, outputs[:3], outputs[3:6], outputs[6:], strict=True):
        at = np.nonzero(score[:, 0] >= min_score)[0]
        row, column = np.divmod(at // ANCHORS, size[1] // stride)
        centre = (np.stack([column, row], axis=1) * stride).astype(np.float32)
        sides = distance[at] * np.float32(stride)
        scores.append(score[at, 0])
        boxes.append(np.concatenate([centre - sides[:, :2], centre + sides[:, 2:]], axis=1))
        marks.append(centre[:, None] + (offset[at] * np.float32(stride)).reshape(-1, 5, 2))
    sound = alignable(found := np.concatenate(boxes), points := np.concatenate(marks))
    found, points, sure = found[sound], points[sound], np.concatenate(scores)[sound]
    kept = suppress(found, sure, overlap=MAX_OVERLAP, border=1.0)
    return [Face(found[i], points[i], float(sure[i])) for i in kept]
