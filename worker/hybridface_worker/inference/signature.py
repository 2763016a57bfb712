"""Checks a model's file against its format: names, element types and shapes of inputs and outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import EllipsisType

from hybridface_worker.contract.errors import TaskError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import ModelRef

from .session import Session, SessionOptions, Tensor, UnreadableModelError, open_session

FLOATS = ("float32", "float16")
"""Single or half precision."""


@dataclass(frozen=True)
class Wanted:
    """The expected input or output."""

    shape: tuple[int | EllipsisType | None, ...]
    """None for any size; an ellipsis at the beginning for any leading axes."""
    dtypes: tuple[str, ...] = FLOATS
    """Allowed ones, by numpy's names."""
    name: str | None = None
    """None for any, where exporters choose it."""

    def __str__(self) -> str:
        sizes = ", ".join("..." if size is ... else "any" if size is None else str(size) for size in self.shape)
        return f"{self.name or '(any name)'} {' or '.join(self.dtypes)} [{sizes}]"

    def allows(self, found: Tensor) -> bool:
        """Whether the tensor matches. Dynamic sizes match any size."""
        wanted, sizes = self.shape, found.shape
        if wanted[:1] == (...,):
            wanted = wanted[1:]
            sizes = sizes[len(sizes) - len(wanted) :] if len(wanted) <= len(sizes) else sizes
        return (
            self.name in (None, found.name)
            and found.dtype in self.dtypes
            and len(sizes) == len(wanted)
            and all(None in pair or pair[0] == pair[1] for pair in zip(wanted, sizes, strict=True))
        )


def expect(session: Session, model: ModelRef, *, inputs: Sequence[Wanted], outputs: Sequence[Wanted]) -> None:
    """Checks a model's inputs and outputs, which have to be in this order.

    Raises:
        TaskError: it does not; the message has both what was expected and what was found.
    """
    for what, wanted, found in (("inputs", inputs, session.inputs), ("outputs", outputs, session.outputs)):
        if len(wanted) != len(found) or not all(w.allows(f) for w, f in zip(wanted, found, strict=True)):
            raise mismatch(model, f"{what}: expected {_list(wanted)}; found {_list(found)}")


def open_model(
    model: ModelRef,
    file: Path | bytes,
    *,
    options: SessionOptions,
    inputs: Sequence[Wanted],
    outputs: Sequence[Wanted],
) -> Session:
    """Opens a model's file and checks it against the model's format.

    Raises:
        TaskError: it is no ONNX model, or one with other inputs or outputs.
    """
    try:
        session = open_session(file, options=options)
    except UnreadableModelError as error:
        raise mismatch(model, f"expected an ONNX model; ONNX Runtime says: {error}") from error
    expect(session, model, inputs=inputs, outputs=outputs)
    return session


def mismatch(model: ModelRef, found: str) -> TaskError:
    """The error for a file that is not of the format that the catalogue says."""
    return TaskError(
        Reason.MODEL_MISMATCH,
        f"{model.kind} {model.name}: its file is no {model.format} model: {found}; "
        "correct its format, address and digest in the model catalogue",
    )


def _list(tensors: Sequence[Wanted] | Sequence[Tensor]) -> str:
    return ", ".join(str(tensor) for tensor in tensors) or "none"
