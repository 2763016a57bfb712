"""Runs with inputs and outputs preallocated on the device, one set for each shape (IOBinding).

So only the tensors are copied, nothing is allocated, and a GPU can record the whole inference as a CUDA graph, which
holds addresses.

ONNX Runtime keeps a graph with the thread that recorded it, and while one is recorded no other thread of the process
may allocate on the GPU or copy to it (`cudaStreamCaptureModeGlobal`). So all inferences of recorded sessions run on one
thread, whichever session and thread they come from.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .runtime import onnxruntime
from .shapes import Feeds

MOST_SHAPES = 8
"""Each keeps memory of the device."""

_recorder = ThreadPoolExecutor(1, "graphs")


@dataclass(frozen=True)
class _Places:
    """Preallocated tensors for one combination of shapes."""

    binding: Any
    inputs: dict[str, Any]
    outputs: list[Any]
    run_options: Any


class BoundRun:
    """Runs a session, one call at a time. Thread-safe."""

    def __init__(self, session: Any, device: str, *, recorded: bool = False) -> None:
        """`session`: an onnxruntime.InferenceSession; `device`: `cuda` or `cpu`; `recorded`: as CUDA graphs."""
        self._session = session
        self._device = device
        self._recorded = recorded
        self._names = [output.name for output in session.get_outputs()]
        self._lock = threading.Lock()
        self._places: dict[tuple[tuple[int, ...], ...], _Places] = {}
        self._graphs = 0

    def __call__(self, feeds: Feeds) -> list[npt.NDArray[Any]]:
        """Arrays for the outputs, in order."""
        return _recorder.submit(self._run, feeds).result() if self._recorded else self._run(feeds)

    def _run(self, feeds: Feeds) -> list[npt.NDArray[Any]]:
        shapes = tuple(each.shape for each in feeds.values())
        with self._lock:
            try:
                places = self._places.get(shapes)
                return self._first(shapes, feeds) if places is None else self._again(places, feeds)
            except Exception:
                self._places.clear()  # where memory ran out the next call needs all of it
                raise

    def _again(self, places: _Places, feeds: Feeds) -> list[npt.NDArray[Any]]:
        for name, value in places.inputs.items():
            value.update_inplace(np.ascontiguousarray(feeds[name]))
        self._session.run_with_iobinding(places.binding, places.run_options)
        return [np.array(value.numpy()) for value in places.outputs]

    def _first(self, shapes: tuple[tuple[int, ...], ...], feeds: Feeds) -> list[npt.NDArray[Any]]:
        """A plain run, which finds out the shapes of the outputs."""
        made: list[npt.NDArray[Any]] = self._session.run(self._names, dict(feeds), _options(-1))
        if len(self._places) == MOST_SHAPES:
            if self._recorded:  # a session keeps its graphs as long as it lives: what comes late runs plainly
                return made
            del self._places[next(iter(self._places))]
        inputs = {name: self._empty(each) for name, each in feeds.items()}
        outputs = [self._empty(each) for each in made]
        binding = self._session.io_binding()
        for name, value in inputs.items():
            binding.bind_ortvalue_input(name, value)
        for name, value in zip(self._names, outputs, strict=True):
            binding.bind_ortvalue_output(name, value)
        self._graphs += 1
        self._places[shapes] = _Places(binding, inputs, outputs, _options(self._graphs))
        return made

    def _empty(self, like: npt.NDArray[Any]) -> Any:
        return onnxruntime.OrtValue.ortvalue_from_shape_and_type(like.shape, like.dtype, self._device, 0)


def _options(graph: int) -> Any:
    """`gpu_graph_id` names the graph that is recorded in the first run with it; -1 is for none."""
    options = onnxruntime.RunOptions()
    options.add_run_config_entry("gpu_graph_id", str(graph))
    return options
