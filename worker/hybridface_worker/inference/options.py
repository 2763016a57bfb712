"""How models are run. None of it changes what they are."""

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
    """What weights and activations may take: of the models of a process together on processors, of each on a GPU."""
    cuda_graphs: bool = False
    """Whether a GPU is given a whole inference at once, recorded before."""
    engines: EngineFolder | None = None
    """What was made of models for this device before; None to make it anew each time."""
    busy: Busy = field(default_factory=Busy, compare=False, repr=False)
    """Told of every inference."""

    @property
    def static_shapes(self) -> bool:
        """Whether batches come in few sizes: TensorRT builds, and CUDA graphs record, for each size that they meet."""
        return self.device == "tensorrt" or self.cuda_graphs
