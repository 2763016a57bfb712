"""XSeg of DeepFaceLab as an ONNX file: which pixels of a crop are face.

It was trained on what OpenCV reads: channels are blue, green, red.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hybridface_worker.contract.spec import ModelRef
from hybridface_worker.inference.pictures import PictureModel
from hybridface_worker.inference.session import SessionOptions
from hybridface_worker.inference.signature import Wanted

from .protocol import Crops, Visible

SIZE = 256


class XSeg:
    """An occluder. One instance may be used from several threads."""

    size = SIZE

    def __init__(self, model: ModelRef, file: Path, options: SessionOptions) -> None:
        """Raises TaskError where the file is something else."""
        takes, gives = Wanted((None, SIZE, SIZE, 3)), Wanted((None, SIZE, SIZE, 1))
        self._network = PictureModel(model, file, options, takes=takes, gives=[gives])

    def visible(self, crops: Crops) -> Visible:
        """How much of each pixel is face: float32 [N, 256, 256], 0..1."""
        if len(crops) == 0:
            return np.empty((0, SIZE, SIZE), np.float32)
        (mask,) = self._network.run(crops[..., ::-1].astype(np.float32) * np.float32(1 / 255))
        return np.fmin(np.fmax(mask[..., 0].astype(np.float32), 0), 1)
