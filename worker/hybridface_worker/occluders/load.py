"""Which occluder a job's model reference names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hybridface_worker.contract.spec import ModelRef
from hybridface_worker.inference.formats import load_file
from hybridface_worker.inference.session import SessionOptions

from .protocol import Occluder
from .xseg import XSeg

FORMATS: dict[str, Callable[[ModelRef, Path, SessionOptions], Occluder]] = {"xseg": XSeg}


def load_occluder(model: ModelRef, file: Path, options: SessionOptions) -> Occluder:
    """The occluder that the reference names, from its file. Raises as `load_file` does."""
    return load_file(FORMATS, model, file, options)
