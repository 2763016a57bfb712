"""The device that runs models, chosen by one setting, and the concurrency that keeps it busy.

Pure: what is available is an argument.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from hybridface_worker.contract.errors import LacksPlanError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.settings import DeviceChoice

DeviceName = Literal["cpu", "cuda", "tensorrt"]

PROVIDERS: dict[DeviceName, str] = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
}
"""ONNX Runtime's names of their execution providers."""


@dataclass(frozen=True)
class Lanes:
    """Concurrent calls of a model."""

    count: int
    size: int
    """Pictures in each of them, at most."""
    threads: int
    """Processor threads of each of them."""


@dataclass(frozen=True)
class Device:
    """A device, and what keeps it busy."""

    name: DeviceName
    detecting: Lanes
    """Of frames and images."""
    swapping: Lanes
    """Of their faces, with restorers and occluders."""

    @property
    def is_gpu(self) -> bool:
        """Whether it is a GPU, whose time is accounted for."""
        return self.name != "cpu"


def device(name: DeviceName, *, threads: int, batch: int, pictures: int) -> Device:
    """How a device is used for so many pictures.

    CPU: as many concurrent calls as there are threads, or pictures if these are fewer. Batches gain nothing there, and
    threads that share a call wait for one another, the more so while other stages hold cores. Detectors are small and
    take one picture in a call; other models have the faces of one `batch` in all lanes together, by which memory is
    estimated.
    GPU: batches, in two lanes, so that one batch is assembled while the other runs.
    """
    if name != "cpu":
        return Device(name, Lanes(2, batch, 1), Lanes(2, batch, threads))
    detecting = min(threads, pictures)
    swapping = min(detecting, batch)
    return Device(
        name,
        Lanes(detecting, 1, threads // detecting),
        Lanes(swapping, batch // swapping, threads // swapping),
    )


def choose(choice: DeviceChoice, available: Collection[str]) -> DeviceName:
    """The device that the setting names. `auto` is CUDA if available, else the CPU.

    `auto` is never TensorRT, which first builds an engine for each model, for minutes.

    Args:
        choice: HYBRIDFACE_DEVICE.
        available: the providers that this ONNX Runtime has and whose hardware is there.

    Raises:
        LacksPlanError: a device is asked for that is not here.
    """
    if choice == "auto":
        return "cuda" if PROVIDERS["cuda"] in available else "cpu"
    if PROVIDERS[choice] in available:
        return choice
    raise LacksPlanError(
        Reason.LACKS_PLAN,
        f"HYBRIDFACE_DEVICE={choice}: ONNX Runtime has only {', '.join(sorted(available)) or 'nothing'} here; use the"
        " worker's GPU image on a node with a GPU, or set it to auto or cpu",
    )
