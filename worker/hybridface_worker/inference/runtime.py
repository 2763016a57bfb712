"""Imports ONNX Runtime without telemetry, which is on by default from 1.29 on. Import it from here alone."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read when it is loaded

import onnxruntime

from .device import PROVIDERS
from .gpu import compute_capability
from .tensorrt import tensorrt_version

__all__ = ["available_providers", "onnxruntime"]

_CUDA, _TENSORRT = PROVIDERS["cuda"], PROVIDERS["tensorrt"]


def available_providers() -> frozenset[str]:
    """The usable providers: ONNX Runtime's GPU build lists those of GPUs even where there is none."""
    built_in = frozenset(onnxruntime.get_available_providers())
    if not built_in & {_CUDA, _TENSORRT}:
        return built_in
    if not compute_capability():
        return built_in - {_CUDA, _TENSORRT}
    with redirect_stdout(sys.stderr):  # standard output is for log lines
        onnxruntime.preload_dlls()  # CUDA and cuDNN are in Python packages of their own
    return built_in if tensorrt_version() else built_in - {_TENSORRT}
