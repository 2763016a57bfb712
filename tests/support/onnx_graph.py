"""Puts ONNX graphs together: nodes one after the other, weights that are random and always the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 13
Shape = Sequence[int | str]


@dataclass(frozen=True)
class Export:
    """How a model's file was exported."""

    batch: int | None = 1
    """None where any batch will do."""
    half: bool = False
    """Weights, inputs and outputs in half precision."""

    @property
    def dtype(self) -> type[np.floating[Any]]:
        return np.float16 if self.half else np.float32

    def shape(self, *sizes: int | str) -> list[int | str]:
        """A shape whose first axis is the batch."""
        return ["batch" if self.batch is None else self.batch, *sizes]


ONE, ANY_BATCH = Export(), Export(batch=None)


class Graph:
    """A graph that grows. Names of results are made up; `result` gives the last one the name that the file has."""

    def __init__(self, name: str, export: Export, seed: int = 0) -> None:
        self.export = export
        self._name = name
        self._random = np.random.default_rng(seed)
        self._nodes: list[Any] = []
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []
        self._weights: list[Any] = []

    def input(self, name: str, shape: Shape, dtype: npt.DTypeLike | None = None) -> str:
        self._inputs.append(helper.make_tensor_value_info(name, self._element(dtype), list(shape)))
        return name

    def output(self, value: str, name: str, shape: Shape) -> None:
        self.node("Identity", value, name=name)
        self._outputs.append(helper.make_tensor_value_info(name, self._element(None), list(shape)))

    def node(self, kind: str, *inputs: str, name: str | None = None, outputs: int = 1, **attributes: Any) -> str:
        """Adds a node; the name of its first result."""
        first = name or f"v{len(self._nodes)}"
        names = [first, *(f"{first}_{number}" for number in range(1, outputs))]
        self._nodes.append(helper.make_node(kind, list(inputs), names, name=f"{kind}_{len(self._nodes)}", **attributes))
        return first

    def constant(self, value: npt.ArrayLike, dtype: npt.DTypeLike | None = None) -> str:
        """A weight that is known."""
        array = np.asarray(value, self.export.dtype if dtype is None else dtype)
        name = f"w{len(self._weights)}"
        self._weights.append(numpy_helper.from_array(array, name))
        return name

    def random(self, *shape: int, scale: float = 1.0) -> str:
        """A weight that is drawn."""
        return self.constant(self._random.standard_normal(shape, np.float32) * np.float32(scale))

    def convolution(self, value: str, ins: int, outs: int, side: int, stride: int = 1, gain: float = 1.4) -> str:
        """A convolution with the same size of image (or a whole part of it), whose results are as large as `value`."""
        weight = self.random(outs, ins, side, side, scale=gain / float(np.sqrt(ins * side * side)))
        pad = side // 2
        return self.node("Conv", value, weight, kernel_shape=[side] * 2, strides=[stride] * 2, pads=[pad] * 4)

    def splice(self, nodes: Sequence[Any], weights: Sequence[Any]) -> None:
        """Takes over nodes and weights of another graph as they are."""
        self._nodes += nodes
        self._weights += weights

    def save(self, path: Path, last_weight: npt.NDArray[Any] | None = None) -> Path:
        """Writes the file. `last_weight` is one that no node uses, as the last of all."""
        if last_weight is not None:
            self._weights.append(numpy_helper.from_array(last_weight.astype(self.export.dtype), "last"))
        graph = helper.make_graph(self._nodes, self._name, self._inputs, self._outputs, self._weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        onnx.save(model, str(path))
        return path

    def _element(self, dtype: npt.DTypeLike | None) -> int:
        kinds = {"float16": TensorProto.FLOAT16, "float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE}
        return kinds[np.dtype(self.export.dtype if dtype is None else dtype).name]
