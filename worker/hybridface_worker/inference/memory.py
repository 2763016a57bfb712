"""Memory of models: its limit, and how to recognise that it ran out."""

from __future__ import annotations

from functools import lru_cache

from hybridface_worker.contract.errors import ResourceError
from hybridface_worker.contract.reasons import Reason

from .runtime import onnxruntime

_SIGNS = (
    "is smaller than requested bytes of",  # BFCArena at its limit, on processors and on GPUs
    "Failed to allocate memory",  # BFCArena when the device has no more
    "out of memory",  # CUDA's own words
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED",  # cuDNN 9; earlier ones said ALLOC_FAILED
    "CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
    "bad allocation",
    "bad_alloc",
)
"""ONNX Runtime has no error class for it: these are its own messages and those of libraries that it calls."""


class DeviceMemoryError(ResourceError):
    """Memory ran out for a batch. A smaller one may fit."""

    def __init__(self, said: str) -> None:
        """`said`: what the runtime said."""
        super().__init__(
            Reason.OUT_OF_MEMORY,
            f"memory for a model ran out: {said}; give the worker more, raise HYBRIDFACE_MODEL_MEMORY_MIB if it is"
            " set, or choose smaller models",
        )


def ran_out(error: Exception) -> bool:
    """Whether that is why a session failed to open or run."""
    return isinstance(error, MemoryError) or any(sign in str(error) for sign in _SIGNS)


@lru_cache(maxsize=1)  # what counts is the limit that was set last
def limit_processor_memory(limit_bytes: int) -> None:
    """Limits the memory that sessions opened from now on with `use_env_allocators` share: weights and activations.

    ONNX Runtime keeps one such allocator in a process; another limit applies to sessions that are opened later.
    """
    info = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    same_as_requested = 1  # the other way doubles, and then a limit is met at half of what it allows
    arena = onnxruntime.OrtArenaCfg({"max_mem": limit_bytes, "arena_extend_strategy": same_as_requested})
    onnxruntime.create_and_register_allocator(info, arena)
