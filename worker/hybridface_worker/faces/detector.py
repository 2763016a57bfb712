"""What a detector is, and which one a job's model reference names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from hybridface_worker.contract.errors import LacksPlanError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import ModelRef

from .centerface import CenterFace
from .types import Face


class Detector(Protocol):
    """Finds faces."""

    def detect(self, images: Sequence[npt.NDArray[np.uint8]]) -> list[list[Face]]:
        """The faces of each image, in its own coordinates, the best score first. Images are RGB uint8 [H, W, 3]."""
        ...


def load_detector(model: ModelRef, *, threads: int, min_score: float) -> Detector:
    """The detector that the reference names. `threads`: of one inference; `min_score`: 0..1.

    Raises:
        LacksPlanError: this worker has no such detector.
    """
    if (model.format, model.name) == ("builtin", "centerface"):
        return CenterFace(threads=threads, min_score=min_score)
    raise LacksPlanError(
        Reason.MODEL_NOT_FOUND,
        f"detector {model.name} (format {model.format}) cannot be run by this worker; centerface is built in",
    )
