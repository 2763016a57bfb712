"""GFPGAN 1.4 and CodeFormer as ONNX files: a face of 512 x 512 in, a sharp one out.

Wang et al., "Towards Real-World Blind Face Restoration with Generative Facial Prior", 2021; Zhou et al., "Towards
Robust Blind Face Restoration with Codebook Lookup Transformer", 2022. Both take and give RGB in -1..1.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from hybridface_worker.contract.spec import ModelRef
from hybridface_worker.inference.batching import Array, run_batch
from hybridface_worker.inference.pictures import PictureModel
from hybridface_worker.inference.pixels import pixels, planes
from hybridface_worker.inference.session import SessionOptions
from hybridface_worker.inference.signature import Wanted, open_model

from .protocol import Crops

SIZE = 512
HALF_RANGE = 127.5
FIDELITY = 0.5
"""CodeFormer's weight, from quality (0) to fidelity (1); 0.5 is its authors' choice."""

FACE = Wanted((None, 3, SIZE, SIZE))
INPUT = Wanted(FACE.shape, name="input")


class Gfpgan:
    """GFPGAN. One instance may be used from several threads."""

    size = SIZE

    def __init__(self, model: ModelRef, file: Path, options: SessionOptions) -> None:
        """Raises TaskError where the file is something else."""
        self._network = PictureModel(model, file, options, takes=INPUT, gives=[FACE])

    def restore(self, crops: Crops) -> Crops:
        """The same faces, sharper."""
        return _restored(self._network.run, crops)


class CodeFormer:
    """CodeFormer with a middling fidelity. One instance may be used from several threads."""

    size = SIZE

    def __init__(self, model: ModelRef, file: Path, options: SessionOptions) -> None:
        """Raises TaskError where the file is something else."""
        weight = Wanted((...,), dtypes=("float64", "float32", "float16"), name="weight")
        self._session = open_model(model, file, options=options, inputs=[INPUT, weight], outputs=[FACE])
        declared = self._session.inputs[1]
        self._weight = np.full([1] * len(declared.shape), FIDELITY, declared.dtype)

    def restore(self, crops: Crops) -> Crops:
        """The same faces, sharper."""
        return _restored(self._run, crops)

    def _run(self, faces: Array) -> list[Array]:
        return run_batch(self._session, {"input": faces}, {"weight": self._weight})


def _restored(run: Callable[[Array], list[Array]], crops: Crops) -> Crops:
    if len(crops) == 0:
        return crops
    (made,) = run(planes(crops, mean=HALF_RANGE, scale=1 / HALF_RANGE))
    return pixels(made, scale=HALF_RANGE, shift=HALF_RANGE)
