from __future__ import annotations

import pytest
from onnx import checker, load_from_string

from hybridface_worker.faces.centerface import INPUT, OUTPUTS, weights
from hybridface_worker.inference.onnx_shapes import free_shapes


def test_only_the_declared_shapes_change():
    before = load_from_string(weights().read_bytes())
    after = load_from_string(free_shapes(weights().read_bytes(), [INPUT]))
    assert list(after.graph.node) == list(before.graph.node)
    assert list(after.graph.initializer) == list(before.graph.initializer)
    assert after.opset_import == before.opset_import
    assert [value.name for value in after.graph.input] == [INPUT]
    assert [value.name for value in after.graph.output] == list(OUTPUTS)
    declared = [value.type.tensor_type.shape.dim for value in [*after.graph.input, *after.graph.output]]
    assert [len(shape) for shape in declared] == [4] * 5
    assert not any(size.WhichOneof("value") for shape in declared for size in shape)


def test_the_result_is_a_valid_model():
    checker.check_model(load_from_string(free_shapes(weights().read_bytes(), [INPUT])))


@pytest.mark.parametrize("data", [b"\xff", b"\x0a\x7f", b"\x0b", b"\x80\x80"])
def test_what_is_no_model_is_refused(data):
    with pytest.raises(ValueError, match="not a protobuf message"):
        free_shapes(data, [INPUT])
