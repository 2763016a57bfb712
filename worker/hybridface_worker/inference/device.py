"""What runs models: chosen by one setting from what this ONNX Runtime offers. How it is kept busy follows from it.

Pure: what is available is told.
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
"""Names that ONNX Runtime gives them."""


@dataclass(frozen=True)
class Lanes:
    """Calls of a model that run side by side."""

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
    """Of a video's frames."""
    swapping: Lanes
    """Of its faces; restoring and telling what is before them too."""

    @property
    def is_gpu(self) -> bool:
        """Whether it is held by this process, and paid for."""
        return self.name != "cpu"


def device(name: DeviceName, *, threads: int, batch: int) -> Device:
    """How a device is worked.

    Processors: as many calls as there are threads. Nothing is won by a batch, and threads that work a call together
    wait for one another, and longer where other stages hold cores. Detectors are small, and have one frame in a call;
    other models have the faces of one `batch` in all lanes together, which is what memory is reckoned by.
    GPUs: batches, and two lanes, so that one batch is put together while the other runs.
    """
    if name != "cpu":
        return Device(name, Lanes(2, batch, 1), Lanes(2, batch, threads))
    lanes = min(threads, batch)
    return Device(name, Lanes(threads, 1, 1), Lanes(lanes, batch // lanes, threads // lanes))


def choose(choice: DeviceChoice, available: Collection[str]) -> DeviceName:
    """The device that the setting names. `auto` is CUDA where there is any, else processors.

    `auto` is never TensorRT: it builds an engine for each model first, which takes minutes.

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
