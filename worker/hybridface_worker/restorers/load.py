"""Which restorer a job's model reference names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hybridface_worker.contract.spec import ModelRef
from hybridface_worker.inference.formats import load_file
from hybridface_worker.inference.session import SessionOptions

from .face512 import CodeFormer, Gfpgan
from .protocol import Restorer

FORMATS: dict[str, Callable[[ModelRef, Path, SessionOptions], Restorer]] = {"codeformer": CodeFormer, "gfpgan": Gfpgan}


def load_restorer(model: ModelRef, file: Path, options: SessionOptions) -> Restorer:
    """The restorer that the reference names, from its file. Raises as `load_file` does."""
    return load_file(FORMATS, model, file, options)
