"""TensorRT's libraries: found, loaded and asked for their version. ONNX Runtime finds those that are loaded."""

from __future__ import annotations

import ctypes
import importlib.util
from functools import cache
from pathlib import Path

PACKAGE = "tensorrt_libs"
"""NVIDIA's Python package of them; where there is none, the system's are taken."""
LIBRARIES = ("libnvinfer.so.10", "libnvinfer_plugin.so.10", "libnvonnxparser.so.10")
"""What ONNX Runtime's provider is linked to, the first before what needs it."""


@cache
def tensorrt_version() -> str:
    """Such as `10.13.3`; empty where not all of it is here. CUDA's libraries are to be loaded before."""
    try:
        library, *_ = [ctypes.CDLL(str(_folder() / name), ctypes.RTLD_GLOBAL) for name in LIBRARIES]
    except OSError:
        return ""
    number = library.getInferLibVersion()  # NV_TENSORRT_VERSION, since 10: major * 10000 + minor * 100 + patch
    return f"{number // 10000}.{number // 100 % 100}.{number % 100}"


def _folder() -> Path:
    package = importlib.util.find_spec(PACKAGE)
    return Path(package.origin).parent if package and package.origin else Path()
