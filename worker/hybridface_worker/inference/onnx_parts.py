"""Reads interfaces, weights and node names from ONNX files without the onnx package."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .onnx_shapes import (
    GRAPH_INPUT,
    GRAPH_OUTPUT,
    MODEL_GRAPH,
    SHAPE_DIMENSION,
    TENSOR_SHAPE,
    TYPE_TENSOR,
    VALUE_NAME,
    VALUE_TYPE,
)
from .protobuf import Message, fields, integers

GRAPH_NODE = 1
GRAPH_INITIALIZER = 5
NODE_NAME = 3
DIMENSION_SIZE = 1
TENSOR_DIMENSIONS = 1
TENSOR_TYPE = 2
TENSOR_FLOATS = 4
TENSOR_INTEGERS = 5
TENSOR_NAME = 8
TENSOR_RAW = 9
FLOAT, FLOAT16 = 1, 10


def last_initializer(file: Path, shape: tuple[int, ...]) -> npt.NDArray[np.float32] | None:
    """The last float initializer of this shape, as float32; None where there is none.

    Raises:
        ValueError: the file is no protobuf message.
    """
    found = None
    for field in fields(_graph(file)):
        if field.number == GRAPH_INITIALIZER and _shape(field.content) == shape:
            values = _values(field.content)
            if values is not None and values.size == np.prod(shape):
                found = values.reshape(shape)
    return found


@dataclass(frozen=True)
class Interface:
    """A model's inputs and outputs, as its file declares them."""

    inputs: dict[str, tuple[int | None, ...]]
    """Shapes by name, with None for dynamic sizes."""
    outputs: list[str]

    @property
    def only_batch_is_open(self) -> bool:
        """Whether the batch size alone is dynamic."""
        return all(None not in shape[1:] for shape in self.inputs.values())

    def is_that_of(self, other: Interface) -> bool:
        """Whether names are the same, in any order."""
        return self.inputs.keys() == other.inputs.keys() and set(self.outputs) == set(other.outputs)


def interface(model: Path | bytes) -> Interface:
    """A model's inputs and outputs, without weights that older exporters list as inputs. Raises ValueError."""
    found: dict[str, tuple[int | None, ...]] = {}
    weights: set[str] = set()
    outputs: list[str] = []
    for field in fields(_graph(model)):
        if field.number == GRAPH_INPUT:
            found[_text(field.content, VALUE_NAME)] = _declared(field.content)
        elif field.number == GRAPH_INITIALIZER:
            weights.add(_text(field.content, TENSOR_NAME))
        elif field.number == GRAPH_OUTPUT:
            outputs.append(_text(field.content, VALUE_NAME))
    return Interface({name: shape for name, shape in found.items() if name not in weights}, outputs)


def node_names(file: Path, count: int) -> list[str]:
    """The names of the first nodes. Raises ValueError."""
    nodes = (field.content for field in fields(_graph(file)) if field.number == GRAPH_NODE)
    return [_text(node, NODE_NAME) for node in islice(nodes, count)]


def _graph(model: Path | bytes) -> Message:
    whole: Message = model if isinstance(model, bytes) else np.memmap(model, np.uint8, "r").data
    return next((field.content for field in fields(whole) if field.number == MODEL_GRAPH), b"")


def _declared(value: Message) -> tuple[int | None, ...]:
    shape = value
    for number in (VALUE_TYPE, TYPE_TENSOR, TENSOR_SHAPE):
        shape = next((field.content for field in fields(shape) if field.number == number), b"")
    return tuple(_size(field.content) for field in fields(shape) if field.number == SHAPE_DIMENSION)


def _size(dimension: Message) -> int | None:
    return next((field.value for field in fields(dimension) if field.number == DIMENSION_SIZE), None) or None


def _shape(tensor: Message) -> tuple[int, ...]:
    sizes: list[int] = []
    for field in fields(tensor):
        if field.number == TENSOR_DIMENSIONS:
            sizes += integers(field.content) if len(field.content) else [field.value]
    return tuple(sizes)


def _values(tensor: Message) -> npt.NDArray[np.float32] | None:
    """Stored as raw bytes or as a list of numbers; float16 is then a list of bit patterns."""
    parts = {field.number: field for field in fields(tensor)}
    kind = parts[TENSOR_TYPE].value if TENSOR_TYPE in parts else 0
    if kind not in (FLOAT, FLOAT16):
        return None
    dtype = "<f4" if kind == FLOAT else "<f2"
    if TENSOR_RAW in parts:
        return np.frombuffer(parts[TENSOR_RAW].content, dtype).astype(np.float32)
    if kind == FLOAT and TENSOR_FLOATS in parts:
        return np.frombuffer(parts[TENSOR_FLOATS].content, dtype).astype(np.float32)
    if kind == FLOAT16 and TENSOR_INTEGERS in parts:
        bits = np.fromiter(integers(parts[TENSOR_INTEGERS].content), np.uint16)
        return bits.view(dtype).astype(np.float32)
    return None


def _text(message: Message, number: int) -> str:
    return next((bytes(field.content).decode() for field in fields(message) if field.number == number), "")
