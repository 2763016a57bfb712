"""ONNX Runtime, kept from reporting what it runs to its maker: from 1.29 on it does unless it is told not to.

Whoever needs it imports it from here.
"""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # it looks at the variable when it is loaded

import onnxruntime

from .device import PROVIDERS
from .gpu import compute_capability
from .tensorrt import tensorrt_version

__all__ = ["available_providers", "onnxruntime"]

_CUDA, _TENSORRT = PROVIDERS["cuda"], PROVIDERS["tensorrt"]


def available_providers() -> frozenset[str]:
    """The providers that can be asked for here: ONNX Runtime's GPU build names those of GPUs also where none is."""
    built_in = frozenset(onnxruntime.get_available_providers())
    if not built_in & {_CUDA, _TENSORRT}:
        return built_in
    if not compute_capability():
        return built_in - {_CUDA, _TENSORRT}
    with redirect_stdout(sys.stderr):  # standard output is for log lines
        onnxruntime.preload_dlls()  # CUDA and cuDNN lie in Python packages of their own
    return built_in if tensorrt_version() else built_in - {_TENSORRT}
