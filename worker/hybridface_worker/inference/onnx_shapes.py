"""Makes batch and image size of an ONNX graph with fixed shapes dynamic, without the onnx package.

The graph in a `ModelProto` (onnx.proto3) is kept, but for the declarations of inputs and outputs, which become float
tensors of dynamic shape. Weights that older exporters list as inputs are no longer declared, so that the runtime may
fold them as constants.
"""

from __future__ import annotations

from collections.abc import Sequence

from .protobuf import Message, fields, length_delimited, varint_field

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


def free_shapes(model: bytes, inputs: Sequence[str]) -> bytes:
    """The same model with `inputs` as its only inputs, and float inputs and outputs of dynamic shape.

    Raises:
        ValueError: the bytes are no protobuf message.
    """
    out = bytearray()
    for field, raw, value, _ in fields(model):
        out += length_delimited(MODEL_GRAPH, _free_graph(value, inputs)) if field == MODEL_GRAPH else raw
    return bytes(out)


def _free_graph(graph: Message, inputs: Sequence[str]) -> bytes:
    out = bytearray()
    for field, raw, value, _ in fields(graph):
        if field == GRAPH_INPUT:
            if bytes(_only(value, VALUE_NAME)).decode() in inputs:
                out += length_delimited(field, _of_any_size(value))
        elif field == GRAPH_OUTPUT:
            out += length_delimited(field, _of_any_size(value))
        else:
            out += raw
    return bytes(out)


def _of_any_size(value_info: Message) -> bytes:
    """The declaration of a float tensor of the same name and rank, with dynamic sizes."""
    shape = _only(_only(_only(value_info, VALUE_TYPE), TYPE_TENSOR), TENSOR_SHAPE)
    dimensions = sum(field == SHAPE_DIMENSION for field, *_ in fields(shape))
    unknown = length_delimited(TENSOR_SHAPE, length_delimited(SHAPE_DIMENSION, b"") * dimensions)
    tensor = varint_field(TENSOR_ELEMENT, FLOAT) + unknown
    return length_delimited(VALUE_NAME, _only(value_info, VALUE_NAME)) + length_delimited(
        VALUE_TYPE, length_delimited(TYPE_TENSOR, tensor)
    )


def _only(message: Message, number: int) -> Message:
    return next(content for field, _, content, _ in fields(message) if field == number)
