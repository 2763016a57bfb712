"""How models are run. Nothing here changes the models."""

from __future__ import annotations

from dataclasses import dataclass, field

from .busy import Busy
from .device import DeviceName
from .engine import EngineFolder


@dataclass(frozen=True)
class SessionOptions:
    """How a model is run."""

    threads: int = 1
    """Processor threads of one inference."""
    device: DeviceName = "cpu"
    """What runs it."""
    batch: int = 8
    """Pictures in one call, at most: for devices that want to know."""
    memory_bytes: int | None = None
    """Limit of weights and activations: of all models of a process together on the CPU, of each on a GPU."""
    cuda_graphs: bool = False
    """Whether inferences are recorded as CUDA graphs and replayed."""
    engines: EngineFolder | None = None
    """The cache of engines; None for no cache."""
    busy: Busy = field(default_factory=Busy, compare=False, repr=False)
    """Measures every inference."""

    @property
    def static_shapes(self) -> bool:
        """Whether few batch sizes should occur: TensorRT builds, and CUDA graphs record, for each one."""
        return self.device == "tensorrt" or self.cuda_graphs
