"""An open ONNX model: its inputs and outputs, and a way to run it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy.typing as npt
import structlog

from hybridface_worker.contract.errors import LacksPlanError, one_line
from hybridface_worker.contract.events import Event
from hybridface_worker.contract.reasons import Reason

from .bound import BoundRun
from .memory import DeviceMemoryError, ran_out
from .onnx_parts import Interface, interface
from .opening import UnfitModelError, UnreadableModelError, opened
from .options import SessionOptions
from .shapes import padded, padded_size

__all__ = ["Session", "SessionOptions", "Tensor", "UnreadableModelError", "open_session"]

_DTYPES = {"float": "float32", "double": "float64"}
"""ONNX Runtime's names of element types that numpy calls otherwise."""


@dataclass(frozen=True)
class Tensor:
    """An input or output."""

    name: str
    dtype: str
    """As numpy calls it, such as `float32`."""
    shape: tuple[int | None, ...]
    """None for dynamic sizes."""

    def __str__(self) -> str:
        sizes = ", ".join("any" if size is None else str(size) for size in self.shape)
        return f"{self.name} {self.dtype} [{sizes}]"


class Session:
    """A loaded model. Thread-safe."""

    def __init__(self, session: Any, options: SessionOptions, declared: Interface | None = None) -> None:
        """`session`: an onnxruntime.InferenceSession; `declared`: has inputs and outputs in the model's order."""
        self._session = session
        self._busy = options.busy
        self._bound = BoundRun(session, "cuda", recorded=options.cuda_graphs) if options.device != "cpu" else None
        self._most = options.batch if options.static_shapes else None
        self.inputs = _tensors(session.get_inputs(), [*declared.inputs] if declared else [])
        self.outputs = _tensors(session.get_outputs(), declared.outputs if declared else [])
        self._names = [output.name for output in self.outputs]

    def run(self, feeds: Mapping[str, npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
        """One inference: arrays for `inputs` by their names, of the declared types; arrays for `outputs`, in order.

        Raises:
            DeviceMemoryError: memory ran out.
        """
        try:
            with self._busy:
                return self._run(feeds) if self._most is None else self._padded(feeds, self._most)
        except Exception as error:
            if ran_out(error):
                raise DeviceMemoryError(one_line(error)) from error
            raise

    def _run(self, feeds: Mapping[str, npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
        return self._bound(feeds) if self._bound is not None else list(self._session.run(self._names, dict(feeds)))

    def _padded(self, feeds: Mapping[str, npt.NDArray[Any]], most: int) -> list[npt.NDArray[Any]]:
        """Padded to one of few batch sizes, where it is dynamic; the padding is cut off the outputs."""
        batched = [each.name for each in self.inputs if each.shape and each.shape[0] is None]
        if not batched:
            return self._run(feeds)
        count = len(feeds[batched[0]])
        size = padded_size(count, most)
        made = self._run(padded(feeds, batched, size))
        return [each[: len(each) * count // size] for each in made]  # some have several rows for each picture


def open_session(model: Path | bytes, *, options: SessionOptions) -> Session:
    """Loads a model from its file or the file's content, or its cached engine.

    TensorRT runs a model by one engine for all batches; where that is not possible, CUDA runs it.

    Raises:
        UnreadableModelError: it is no ONNX model, is cut off, or uses what this ONNX Runtime does not know.
        DeviceMemoryError: it does not fit into memory.
        LacksPlanError: this machine cannot run it on that device.
    """
    if options.device == "tensorrt":
        return _by_tensorrt(model, options)
    try:
        return Session(opened(model, options), options)
    except UnfitModelError as error:
        raise LacksPlanError(
            Reason.LACKS_PLAN,
            f"device {options.device}: ONNX Runtime does not run the model on it: {error}; does the node's driver fit"
            " the worker's image, and is its GPU sound?",
        ) from error
    except UnreadableModelError as error:
        if not options.cuda_graphs:
            raise
        return _instead(model, replace(options, cuda_graphs=False), error)  # not all of it runs on the GPU, perhaps


def _by_tensorrt(model: Path | bytes, options: SessionOptions) -> Session:
    try:
        declared = interface(model)
    except ValueError as error:
        raise UnreadableModelError(str(error)) from error
    by_cuda = replace(options, device="cuda")
    if not declared.only_batch_is_open:  # it would build an engine for each size of picture, in the middle of the work
        return open_session(model, options=by_cuda)
    try:
        return Session(opened(model, options, declared), options, declared)
    except (UnreadableModelError, UnfitModelError) as error:
        return _instead(model, by_cuda, error)


def _instead(model: Path | bytes, options: SessionOptions, why: Exception) -> Session:
    session = open_session(model, options=options)
    structlog.get_logger().warning(Event.ENGINE_NOT_BUILT, message=str(why))
    return session


def _tensors(declared: Sequence[Any], order: list[str]) -> tuple[Tensor, ...]:
    """In the given order of names, which an engine does not keep; else in the session's."""
    tensors = {each.name: _tensor(each) for each in declared}
    return tuple(tensors[name] for name in order or tensors)


def _tensor(declared: Any) -> Tensor:
    element = declared.type.removeprefix("tensor(").removesuffix(")")
    sizes = tuple(size if isinstance(size, int) and size > 0 else None for size in declared.shape)
    return Tensor(declared.name, _DTYPES.get(element, element), sizes)
