"""One ONNX model, opened: what it takes and gives, as its file declares it, and a way to run it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from hybridface_worker.contract.errors import LacksPlanError
from hybridface_worker.contract.reasons import Reason

from .bound import BoundRun
from .device import PROVIDERS
from .engine import key_of, this_platform
from .memory import DeviceMemoryError, limit_processor_memory, ran_out
from .onnx_parts import declared_inputs
from .options import SessionOptions
from .providers import providers
from .runtime import onnxruntime
from .shapes import padded, padded_size

__all__ = ["Session", "SessionOptions", "Tensor", "UnreadableModelError", "open_session"]

FATAL = 4
"""ONNX Runtime's level of log lines."""

_DTYPES = {"float": "float32", "double": "float64"}
"""ONNX Runtime's words for element types, where numpy has others."""


class UnreadableModelError(ValueError):
    """The bytes are no model that ONNX Runtime can run."""


@dataclass(frozen=True)
class Tensor:
    """An input or output."""

    name: str
    dtype: str
    """As numpy calls it, such as `float32`."""
    shape: tuple[int | None, ...]
    """None where any size will do, or where the file does not say."""

    def __str__(self) -> str:
        sizes = ", ".join("any" if size is None else str(size) for size in self.shape)
        return f"{self.name} {self.dtype} [{sizes}]"


class Session:
    """A model that is loaded. One instance may be used from several threads."""

    def __init__(self, session: Any, options: SessionOptions) -> None:
        """`session`: an onnxruntime.InferenceSession."""
        self._session = session
        self._busy = options.busy
        self._bound = BoundRun(session, "cuda") if options.device != "cpu" else None
        self._most = options.batch if options.static_shapes else None
        self.inputs = tuple(_tensor(each) for each in session.get_inputs())
        self.outputs = tuple(_tensor(each) for each in session.get_outputs())
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
                raise DeviceMemoryError(_one_line(error)) from error
            raise

    def _run(self, feeds: Mapping[str, npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
        return self._bound(feeds) if self._bound is not None else list(self._session.run(self._names, dict(feeds)))

    def _padded(self, feeds: Mapping[str, npt.NDArray[Any]], most: int) -> list[npt.NDArray[Any]]:
        """In one of few sizes, where the model takes any; what was added is cut off again."""
        batched = [each.name for each in self.inputs if each.shape and each.shape[0] is None]
        if not batched:
            return self._run(feeds)
        count = len(feeds[batched[0]])
        size = padded_size(count, most)
        made = self._run(padded(feeds, batched, size))
        return [each[: len(each) * count // size] for each in made]  # some have several rows for each picture


def open_session(model: Path | bytes, *, options: SessionOptions) -> Session:
    """Loads a model from its file, or from the file's content; or what was made of it for this device before.

    Threads wait without spinning: cores are shared with decoders, encoders and other workers.

    Raises:
        UnreadableModelError: it is no ONNX model, is cut off, or uses what this ONNX Runtime does not know.
        DeviceMemoryError: it does not fit into memory.
    """
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    settings.inter_op_num_threads = 1
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    settings.log_severity_level = FATAL  # what goes wrong is raised
    if options.device == "cpu" and options.memory_bytes is not None:
        limit_processor_memory(options.memory_bytes)
        settings.add_session_config_entry("session.use_env_allocators", "1")
    try:
        return Session(_opened(model, settings, options), options)
    except Exception as error:
        if ran_out(error):
            raise DeviceMemoryError(_one_line(error)) from error
        if isinstance(error, _refusals()):
            raise UnreadableModelError(_one_line(error)) from error
        raise


def _opened(model: Path | bytes, settings: Any, options: SessionOptions) -> Any:
    engines = options.engines
    key = key_of(model, options.device, batch=options.batch) if engines else None
    if engines is None or key is None:
        return _session(model, settings, options)
    level = settings.graph_optimization_level
    found = engines.find(key)
    if found is not None:
        settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # it was done
        try:
            return _session(found, settings, options)
        except _refusals():  # it is damaged, and is made anew
            settings.graph_optimization_level = level
    made = engines.making(key)
    if options.device == "tensorrt":  # one file with the engine in it (ONNX Runtime, "EP context design")
        settings.add_session_config_entry("ep.context_enable", "1")
        settings.add_session_config_entry("ep.context_file_path", str(made))
        settings.add_session_config_entry("ep.context_embed_mode", "1")
    else:
        settings.optimized_model_filepath = str(made)
    session = _session(model, settings, options)
    engines.keep(key, made)
    return session


def _session(model: Path | bytes, settings: Any, options: SessionOptions) -> Any:
    source, told = model if isinstance(model, bytes) else str(model), providers_of(model, options)
    try:
        session = onnxruntime.InferenceSession(source, settings, providers=told)
    except _refusals():
        if told == providers(options):
            raise
        # TensorRT takes no profile of the model where it works parts of it: these have inputs of their own
        session = onnxruntime.InferenceSession(source, settings, providers=providers(options))
    wanted = PROVIDERS[options.device]
    if wanted not in session.get_providers():  # it went on without, and said so in a log line
        raise LacksPlanError(
            Reason.LACKS_PLAN,
            f"device {options.device}: ONNX Runtime could not start {wanted}; the node's driver and the libraries in"
            " the worker's image do not fit, or HYBRIDFACE_DEVICE should name another device",
        )
    return session


def providers_of(model: Path | bytes, options: SessionOptions) -> list[tuple[str, dict[str, Any]]]:
    """What ONNX Runtime is told of the device that is to run a model. Raises UnreadableModelError."""
    if options.device != "tensorrt":
        return providers(options)
    try:
        inputs = declared_inputs(model)
    except ValueError as error:
        raise UnreadableModelError(str(error)) from error
    return providers(options, inputs, options.engines.timings(this_platform("tensorrt")) if options.engines else None)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _refusals() -> tuple[type[Exception], ...]:
    """What ONNX Runtime raises about a file; memory that runs out and defects are others."""
    state = onnxruntime.capi.onnxruntime_pybind11_state
    names = ("Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NoModel", "NoSuchFile", "NotImplemented")
    return tuple(getattr(state, name) for name in names)


def _tensor(declared: Any) -> Tensor:
    element = declared.type.removeprefix("tensor(").removesuffix(")")
    sizes = tuple(size if isinstance(size, int) and size > 0 else None for size in declared.shape)
    return Tensor(declared.name, _DTYPES.get(element, element), sizes)
