"""Which class reads a model's file: by the format that the catalogue says it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from hybridface_worker.contract.errors import LacksPlanError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import ModelRef

from .session import SessionOptions

Model = TypeVar("Model")


def load_file(
    formats: Mapping[str, Callable[[ModelRef, Path, SessionOptions], Model]],
    model: ModelRef,
    file: Path,
    options: SessionOptions,
) -> Model:
    """The model, from its file.

    Raises:
        LacksPlanError: this worker cannot read models of that format.
        TaskError: the file is no model of that format.
    """
    if model.format not in formats:
        raise LacksPlanError(
            Reason.MODEL_NOT_FOUND,
            f"{model.kind} {model.name}: this worker reads no {model.kind}s of the format {model.format}, "
            f"but {', '.join(sorted(formats))}",
        )
    return formats[model.format](model, file, options)
