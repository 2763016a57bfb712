"""Caches engines, that is models optimised for a device, under keys.

Optimising a model (fusing operators, laying out weights for a CPU, building a TensorRT engine) gives a file that loads
in a fraction of the time, and that fits this device and these versions only. All of them are in the key.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .device import DeviceName
from .gpu import compute_capability
from .runtime import onnxruntime
from .tensorrt import tensorrt_version

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Platform:
    """What an engine depends on beside the model."""

    runtime: str
    """ONNX Runtime's version."""
    device: DeviceName
    capability: str
    """Of a GPU its compute capability, such as `9.0`; of a processor a digest of its instruction sets."""
    tensorrt: str = ""
    """TensorRT's version, where it is used."""


def engine_key(model_sha256: str, platform: Platform, *, precision: str, batch: int) -> str:
    """The key of an engine: one segment for the model, one for all that it was made for."""
    parts = [platform.device, platform.capability, f"ort{platform.runtime}"]
    parts += [f"trt{platform.tensorrt}"] if platform.tensorrt else []
    if platform.device != "cpu":
        parts.append(f"batch{batch}")
    return f"{model_sha256}/{'-'.join([*parts, precision])}.onnx"


def key_of(model: Path | bytes, device: DeviceName, *, batch: int) -> str | None:
    """The key of a model's engine on this machine; None where what it depends on cannot be determined."""
    platform = this_platform(device)
    if not platform.capability or (device == "tensorrt" and not platform.tensorrt):
        return None
    precision = "fp16" if device == "tensorrt" else "asis"
    return engine_key(digest(model), platform, precision=precision, batch=batch)


def digest(model: Path | bytes) -> str:
    """SHA-256 of a model. A file of the model cache has it as its name, checked when it was fetched."""
    if isinstance(model, bytes):
        return hashlib.sha256(model).hexdigest()
    if _DIGEST.fullmatch(model.stem):
        return model.stem
    with model.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class EngineFolder:
    """Engines under their keys in a folder: complete or missing. Processes of one trust zone may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, key: str) -> Path | None:
        """The engine's file; None where there is none."""
        path = self._folder / key
        return path if path.is_file() else None

    def making(self, key: str) -> Path:
        """A temporary path for an engine that is being made."""
        path = self._folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.with_name(f".{secrets.token_hex(8)}.{path.name}")  # pods that share a folder may share a number

    def timings(self, platform: Platform) -> Path:
        """A folder for TensorRT's timing caches, whose files are named by the GPU alone."""
        path = self._folder / f"timings-trt{platform.tensorrt}"
        path.mkdir(parents=True, exist_ok=True)
        return path

    def keep(self, key: str, made: Path) -> None:
        """Moves a finished one to its place."""
        if made.is_file():
            made.replace(self._folder / key)


@cache
def this_platform(device: DeviceName) -> Platform:
    """This machine, with the versions installed here."""
    if device == "cpu":
        return Platform(onnxruntime.__version__, device, _instruction_sets())
    return Platform(
        onnxruntime.__version__, device, compute_capability(), tensorrt_version() if device == "tensorrt" else ""
    )


def _instruction_sets() -> str:
    """A digest of the CPU's flags, by which kernels and layouts are chosen. Empty where the system has none."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    flags = next((line.partition(":")[2] for line in lines if line.startswith(("flags", "Features"))), "")
    return hashlib.sha256(" ".join(sorted(flags.split())).encode()).hexdigest()[:16] if flags else ""
