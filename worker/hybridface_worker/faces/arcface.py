"""ArcFace from insightface's packs (`w600k_r50.onnx`, `glintr100.onnx`, ...): a face's identity as a vector.

Deng et al., "ArcFace: Additive Angular Margin Loss for Deep Face Recognition", 2019.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from hybridface_worker.contract.spec import ModelRef
from hybridface_worker.inference.onnx_parts import node_names
from hybridface_worker.inference.pictures import PictureModel
from hybridface_worker.inference.pixels import planes
from hybridface_worker.inference.session import SessionOptions
from hybridface_worker.inference.signature import Wanted, mismatch

SIZE, WIDTH = 112, 512
MEAN, SCALE = 127.5, 1 / 127.5
FIRST_NODES = 8
"""Among these insightface looks for a model's own mean subtraction and scaling."""

Vectors = npt.NDArray[np.float32]


class ArcFace:
    """A recogniser. One instance may be used from several threads."""

    size = SIZE

    def __init__(self, model: ModelRef, file: Path, options: SessionOptions) -> None:
        """Raises TaskError where the file is something else."""
        takes, gives = Wanted((None, 3, SIZE, SIZE)), Wanted((None, WIDTH))
        self._network = PictureModel(model, file, options, takes=takes, gives=[gives])
        self._model = model
        self._mean, self._scale = (0.0, 1.0) if _scales_itself(file) else (MEAN, SCALE)

    def embed(self, crops: npt.NDArray[np.uint8]) -> Vectors:
        """Unit vectors [N, 512] of crops RGB [N, 112, 112, 3]; N may be 0."""
        features = self.features(crops)
        length = np.linalg.norm(features, axis=1, keepdims=True)
        if not (np.isfinite(length) & (length > 0)).all():
            raise mismatch(self._model, "it makes vectors without a direction; is the file damaged?")
        return np.asarray(features / length)

    def features(self, crops: npt.NDArray[np.uint8]) -> Vectors:
        """The same before normalisation: the better a face is visible, the longer its vector."""
        if len(crops) == 0:
            return np.empty((0, WIDTH), np.float32)
        (features,) = self._network.run(planes(crops, mean=self._mean, scale=self._scale))
        return np.asarray(features, np.float32)


def _scales_itself(file: Path) -> bool:
    """Whether the graph normalises its input, as models exported from MXNet do; judged by names of nodes."""
    names = node_names(file, FIRST_NODES)
    return all(any(name.startswith(begin) for name in names) for begin in (("Sub", "_minus"), ("Mul", "_mul")))
