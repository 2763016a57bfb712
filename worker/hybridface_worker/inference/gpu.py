"""Queries NVIDIA's driver for a GPU and its kind."""

from __future__ import annotations

import ctypes
from functools import cache

_CAPABILITY = (75, 76)
"""CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR of CUDA's driver API."""


@cache
def compute_capability() -> str:
    """Compute capability of the first visible GPU, such as `9.0`; empty where there is none."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return ""
    found = [ctypes.c_int(0), ctypes.c_int(0)]
    failed = driver.cuInit(0)
    for value, attribute in zip(found, _CAPABILITY, strict=True):
        failed = failed or driver.cuDeviceGetAttribute(ctypes.byref(value), attribute, 0)
    return "" if failed else ".".join(str(value.value) for value in found)
