"""What a recogniser is, and which one a job's model reference names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from hybridface_worker.contract.spec import ModelRef
from hybridface_worker.inference.formats import load_file
from hybridface_worker.inference.session import SessionOptions

from .arcface import ArcFace

Embeddings = npt.NDArray[np.float32]
"""Unit vectors [N, 512]. They identify people: they never leave this process."""


class Recogniser(Protocol):
    """Turns faces into vectors that are close where the person is the same."""

    @property
    def size(self) -> int:
        """S, the side of its crops; 112."""
        ...

    def embed(self, crops: npt.NDArray[np.uint8]) -> Embeddings:
        """Of crops RGB uint8 [N, S, S, 3], aligned to `faces.align.template(S)`; N may be 0."""
        ...

    def features(self, crops: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """The same before normalisation: their length says how well a face is visible."""
        ...


FORMATS: dict[str, Callable[[ModelRef, Path, SessionOptions], Recogniser]] = {"arcface": ArcFace}


def load_recogniser(model: ModelRef, file: Path, options: SessionOptions) -> Recogniser:
    """The recogniser that the reference names, from its file. Raises as `load_file` does."""
    return load_file(FORMATS, model, file, options)
