"""Loads TensorRT's libraries, where ONNX Runtime finds them, and returns their version."""

from __future__ import annotations

import ctypes
import importlib.util
from functools import cache
from pathlib import Path

PACKAGE = "tensorrt_libs"
"""NVIDIA's Python package of them; without it, those of the system are used."""
LIBRARIES = ("libnvinfer.so.10", "libnvinfer_plugin.so.10", "libnvonnxparser.so.10")
"""Those that ONNX Runtime's provider links to, in order of dependency."""


@cache
def tensorrt_version() -> str:
    """Such as `10.13.3`; empty where a library is missing. CUDA's libraries have to be loaded before."""
    try:
        library, *_ = [ctypes.CDLL(str(_folder() / name), ctypes.RTLD_GLOBAL) for name in LIBRARIES]
    except OSError:
        return ""
    number = library.getInferLibVersion()  # NV_TENSORRT_VERSION, since 10: major * 10000 + minor * 100 + patch
    return f"{number // 10000}.{number // 100 % 100}.{number % 100}"


def _folder() -> Path:
    package = importlib.util.find_spec(PACKAGE)
    return Path(package.origin).parent if package and package.origin else Path()
