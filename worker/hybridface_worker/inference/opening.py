"""Opens ONNX Runtime's session of a model on the chosen device, or says why that fails.

By default ONNX Runtime would fall back to another device, and say so on standard output: that is switched off.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from hybridface_worker.contract.errors import LacksPlanError, one_line
from hybridface_worker.contract.events import Event
from hybridface_worker.contract.reasons import Reason

from .device import PROVIDERS
from .engine import EngineFolder, key_of, this_platform
from .memory import DeviceMemoryError, limit_processor_memory, ran_out
from .onnx_parts import Interface, interface
from .options import SessionOptions
from .providers import providers
from .runtime import onnxruntime

FATAL = 4
"""A log level of ONNX Runtime."""

_errors = onnxruntime.capi.onnxruntime_pybind11_state
_OF_FILES: tuple[type[Exception], ...] = (
    *(_errors.Fail, _errors.InvalidArgument, _errors.InvalidGraph, _errors.InvalidProtobuf),
    *(_errors.NoModel, _errors.NoSuchFile, _errors.NotImplemented),
)
"""What it raises for a bad file, and not for defects."""
_OF_KEEPING: tuple[type[Exception], ...] = (*_OF_FILES, OSError)
"""What is raised where an engine cannot be written, for which it has no error of its own."""
_OF_DEVICES: tuple[type[Exception], ...] = (_errors.EPFail, _errors.RuntimeException, RuntimeError)
"""What it raises where a GPU's provider rejects a model or an engine; the last also where it does not start."""


class UnreadableModelError(ValueError):
    """The bytes are no model that ONNX Runtime can run."""


class UnfitModelError(Exception):
    """The GPU's provider cannot run the model. Another device may."""


def opened(model: Path | bytes, options: SessionOptions, declared: Interface | None = None) -> Any:
    """An onnxruntime.InferenceSession of a model, or of its cached engine.

    `declared`: inputs and outputs of the model, for TensorRT's optimisation profile.

    Raises:
        UnreadableModelError: it is no ONNX model, is cut off, or uses what this ONNX Runtime does not know.
        UnfitModelError: a GPU's provider does not run it.
        DeviceMemoryError: it does not fit into memory.
        LacksPlanError: the device's provider does not start.
    """
    opening = _Opening(options, declared)
    key = key_of(model, options.device, batch=options.batch) if options.engines else None
    try:
        if options.engines is None or key is None:
            return opening.session(model, opening.settings())
        return opening.kept(key, options.engines) or opening.keeping(model, key, options.engines)
    except (*_OF_FILES, *_OF_DEVICES) as error:
        said = one_line(error)
        if ran_out(error):
            raise DeviceMemoryError(said) from error
        if isinstance(error, _OF_FILES):
            raise UnreadableModelError(said) from error
        if options.device == "cpu":
            raise
        if isinstance(error, RuntimeError):
            raise LacksPlanError(Reason.LACKS_PLAN, f"device {options.device} does not start: {said}") from error
        raise UnfitModelError(said) from error


@dataclass(frozen=True)
class _Opening:
    """Opens one model."""

    options: SessionOptions
    declared: Interface | None

    def kept(self, key: str, engines: EngineFolder) -> Any:
        """The session of the cached engine; None where there is none, or a damaged one."""
        found = engines.find(key)
        if found is None:
            return None
        settings = self.settings()
        settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # it was done
        try:
            return self.session(found, settings)
        except (*_OF_FILES, *_OF_DEVICES) as error:
            if ran_out(error):
                raise
            return None

    def keeping(self, model: Path | bytes, key: str, engines: EngineFolder) -> Any:
        """The session of the model, whose engine is cached where possible."""
        try:
            return self._kept_from_now_on(model, key, engines)
        except _OF_KEEPING as error:
            if ran_out(error):
                raise
            session = self.session(model, self.settings())  # raises where it is the model that is at fault
            structlog.get_logger().warning(
                Event.ENGINE_NOT_STORED, engine=key, reason=Reason.OUTPUT_NOT_WRITABLE, message=one_line(error)
            )
            return session

    def _kept_from_now_on(self, model: Path | bytes, key: str, engines: EngineFolder) -> Any:
        settings, made = self.settings(), engines.making(key)
        if self.options.device == "tensorrt":  # one file with the engine in it (ONNX Runtime, "EP context design")
            settings.add_session_config_entry("ep.context_enable", "1")
            settings.add_session_config_entry("ep.context_file_path", str(made))
            settings.add_session_config_entry("ep.context_embed_mode", "1")
        else:
            settings.optimized_model_filepath = str(made)
        try:
            session = self.session(model, settings)
            if self.declared is None or _is_of(made, self.declared):
                engines.keep(key, made)
        finally:
            made.unlink(missing_ok=True)
        return session

    def session(self, file: Path | bytes, settings: Any) -> Any:
        source = file if isinstance(file, bytes) else str(file)
        session = onnxruntime.InferenceSession(source, settings, providers=self._providers(), enable_fallback=False)
        wanted = PROVIDERS[self.options.device]
        if wanted not in session.get_providers():  # it went on without, and said so in a log line
            raise LacksPlanError(
                Reason.LACKS_PLAN,
                f"device {self.options.device}: ONNX Runtime could not start {wanted}; the node's driver and the"
                " libraries in the worker's image do not fit, or HYBRIDFACE_DEVICE should name another device",
            )
        return session

    def settings(self) -> Any:
        """Threads do not spin: cores are shared with decoders, encoders and other workers."""
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = self.options.threads
        settings.inter_op_num_threads = 1
        settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
        settings.log_severity_level = FATAL  # what goes wrong is raised
        if self.options.device == "cpu" and self.options.memory_bytes is not None:
            limit_processor_memory(self.options.memory_bytes)
            settings.add_session_config_entry("session.use_env_allocators", "1")
        return settings

    def _providers(self) -> list[tuple[str, dict[str, Any]]]:
        if self.declared is None or self.options.engines is None:
            return providers(self.options, self.declared)
        return providers(self.options, self.declared, self.options.engines.timings(this_platform("tensorrt")))


def _is_of(engine: Path, declared: Interface) -> bool:
    """Whether the engine is that of the whole model: of one that TensorRT partitions it writes a single part."""
    try:
        return engine.is_file() and interface(engine).is_that_of(declared)
    except ValueError:
        return False
