"""Execution providers and their options for a device. Pure.

CUDA and TensorRT: option names and values as in the documentation of ONNX Runtime's execution providers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .device import PROVIDERS
from .onnx_parts import Interface
from .options import SessionOptions


def providers(
    options: SessionOptions, declared: Interface | None = None, timings: Path | None = None
) -> list[tuple[str, dict[str, Any]]]:
    """Providers in order of priority; the CPU runs what is left.

    `declared`: the model's inputs, whose batch size alone is dynamic: TensorRT builds one engine for all batches up to
    the largest. `timings`: a folder for its timing cache, which speeds up later builds.
    """
    cpu: tuple[str, dict[str, Any]] = (PROVIDERS["cpu"], {})
    if options.device == "cpu":
        return [cpu]
    cuda = (PROVIDERS["cuda"], _cuda(options))
    if options.device == "cuda":
        return [cuda, cpu]
    return [(PROVIDERS["tensorrt"], _tensorrt(options, declared, timings)), cuda, cpu]


def _cuda(options: SessionOptions) -> dict[str, Any]:
    told: dict[str, Any] = {
        "arena_extend_strategy": "kSameAsRequested",  # a batch that is halved then finds what the larger one left
        "cudnn_conv_algo_search": "HEURISTIC",  # the exhaustive search costs seconds for every new shape
        "use_tf32": "0",  # its 10 bits would make more of a batch's size and the GPU's kind than a rounding
        "enable_cuda_graph": "1" if options.cuda_graphs and options.device == "cuda" else "0",
    }
    if options.memory_bytes is not None:
        told["gpu_mem_limit"] = str(options.memory_bytes)
    return told


def _tensorrt(options: SessionOptions, declared: Interface | None, timings: Path | None) -> dict[str, Any]:
    told: dict[str, Any] = {"trt_fp16_enable": "1"}
    if options.memory_bytes is not None:
        told["trt_max_workspace_size"] = str(options.memory_bytes)
    if timings is not None:
        told |= {"trt_timing_cache_enable": "1", "trt_timing_cache_path": str(timings)}
    if declared is not None:
        batched = {name: shape for name, shape in declared.inputs.items() if None in shape}
        if batched:  # it wants to be told of all of these
            for which, size in (("min", 1), ("opt", options.batch), ("max", options.batch)):
                told[f"trt_profile_{which}_shapes"] = ",".join(_profile(name, size, batched[name]) for name in batched)
    return told


def _profile(name: str, batch: int, shape: tuple[int | None, ...]) -> str:
    return f"{name}:{'x'.join(map(str, (batch, *shape[1:])))}"
