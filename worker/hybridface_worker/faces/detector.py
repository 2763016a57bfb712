"""What a detector is, and which one a job's model reference names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from hybridface_worker.contract.errors import LacksPlanError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import ModelRef
from hybridface_worker.inference.session import SessionOptions

from .centerface import CenterFace
from .scrfd import Scrfd
from .types import Face


class Detector(Protocol):
    """Finds faces."""

    def detect(self, images: Sequence[npt.NDArray[np.uint8]]) -> list[list[Face]]:
        """The faces of each image, in its own coordinates, the best score first. Images are RGB uint8 [H, W, 3].

        Every face can be aligned: its landmarks are finite and do not all coincide.
        """
        ...


FORMATS = {"scrfd": Scrfd}


def load_detector(model: ModelRef, file: Path | None, options: SessionOptions, *, min_score: float) -> Detector:
    """The detector that the reference names, from its file; a built-in one has none. `min_score`: 0..1.

    Raises:
        LacksPlanError: this worker has no such detector, or cannot read models of that format.
        TaskError: the file is no model of that format.
    """
    if (model.format, model.name) == ("builtin", "centerface"):
        return CenterFace(options, min_score=min_score)
    if model.format in FORMATS and file is not None:
        return FORMATS[model.format](model, file, options, min_score=min_score)
    raise LacksPlanError(
        Reason.MODEL_NOT_FOUND,
        f"detector {model.name} (format {model.format}) cannot be run by this worker; "
        f"centerface is built in, and files of the format {', '.join(sorted(FORMATS))} are read",
    )
