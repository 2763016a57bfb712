"""Frees the batch and image size of an ONNX graph that was exported with fixed ones, without the onnx package.

It walks the protobuf wire format (protobuf.dev, "Encoding") of `ModelProto` (onnx.proto3): of the graph it keeps all
but the declarations of inputs and outputs, and declares those anew, float and without sizes. Weights that older
exporters list among the inputs are dropped there too, so that the runtime may fold them into constants.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

MODEL_GRAPH = 7
GRAPH_INPUT = 11
GRAPH_OUTPUT = 12
VALUE_NAME = 1
VALUE_TYPE = 2
TYPE_TENSOR = 1
TENSOR_ELEMENT = 1
TENSOR_SHAPE = 2
SHAPE_DIMENSION = 1
FLOAT = 1

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def free_shapes(model: bytes, inputs: Sequence[str]) -> bytes:
    """The same model with `inputs` as its only inputs, and float inputs and outputs of any size.

    Raises:
        ValueError: the bytes are no protobuf message.
    """
    out = bytearray()
    for field, raw, value in _fields(model):
        out += _field(MODEL_GRAPH, _free_graph(value, inputs)) if field == MODEL_GRAPH else raw
    return bytes(out)


def _free_graph(graph: bytes, inputs: Sequence[str]) -> bytes:
    out = bytearray()
    for field, raw, value in _fields(graph):
        if field == GRAPH_INPUT:
            if _only(value, VALUE_NAME).decode() in inputs:
                out += _field(field, _of_any_size(value))
        elif field == GRAPH_OUTPUT:
            out += _field(field, _of_any_size(value))
        else:
            out += raw
    return bytes(out)


def _of_any_size(value_info: bytes) -> bytes:
    """The declaration of a float tensor of the same name and number of dimensions, all of them unknown."""
    shape = _only(_only(_only(value_info, VALUE_TYPE), TYPE_TENSOR), TENSOR_SHAPE)
    dimensions = sum(field == SHAPE_DIMENSION for field, _, _ in _fields(shape))
    unknown = _field(TENSOR_SHAPE, _field(SHAPE_DIMENSION, b"") * dimensions)
    tensor = _varint(TENSOR_ELEMENT << 3 | _VARINT) + _varint(FLOAT) + unknown
    return _field(VALUE_NAME, _only(value_info, VALUE_NAME)) + _field(VALUE_TYPE, _field(TYPE_TENSOR, tensor))


def _only(message: bytes, number: int) -> bytes:
    return next(content for field, _, content in _fields(message) if field == number)


def _field(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(value)) + value


def _fields(message: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Number, whole encoding, and content (empty but for length-delimited ones) of each field."""
    at = 0
    while at < len(message):
        start = at
        key, at = _read_varint(message, at)
        kind, content = key & 7, b""
        if kind == _VARINT:
            _, at = _read_varint(message, at)
        elif kind == _BYTES:
            length, at = _read_varint(message, at)
            content, at = message[at : at + length], at + length
        elif kind in (_FIXED64, _FIXED32):
            at += 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"not a protobuf message: wire type {kind} at byte {start}")
        if at > len(message):
            raise ValueError(f"not a protobuf message: the field at byte {start} goes beyond the end")
        yield key >> 3, message[start:at], content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message):
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise ValueError("not a protobuf message: it ends within a number")
