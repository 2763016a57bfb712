from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from hybridface_worker.inference.onnx_parts import Interface, interface, last_initializer, node_names
from support import standins
from support.onnx_graph import Export


def save(path, weights):
    graph = helper.make_graph([], "weights", [], [], weights)
    onnx.save(helper.make_model(graph), str(path))
    return path


VALUES = np.random.default_rng(0).standard_normal((6, 4)).astype(np.float32)


@pytest.mark.parametrize(
    "weight",
    [
        numpy_helper.from_array(VALUES, "raw"),
        helper.make_tensor("floats", TensorProto.FLOAT, VALUES.shape, VALUES.ravel()),
        numpy_helper.from_array(VALUES.astype(np.float16), "raw halves"),
        helper.make_tensor("halves", TensorProto.FLOAT16, VALUES.shape, VALUES.astype(np.float16).ravel()),
    ],
    ids=lambda weight: weight.name,
)
def test_weights_are_read_however_they_are_written(tmp_path, weight):
    found = last_initializer(save(tmp_path / "w.onnx", [weight]), (6, 4))
    assert found is not None
    assert found.dtype == np.float32
    assert np.array_equal(found, numpy_helper.to_array(weight).astype(np.float32))


def test_it_is_the_last_one_of_the_shape(tmp_path):
    weights = [numpy_helper.from_array(VALUES * n, str(n)) for n in (1, 2)]
    weights.append(numpy_helper.from_array(VALUES.T.copy(), "another shape"))
    weights.append(numpy_helper.from_array(VALUES.astype(np.int64), "integers"))
    found = last_initializer(save(tmp_path / "w.onnx", weights), (6, 4))
    assert found is not None
    assert np.array_equal(found, VALUES * 2)
    assert last_initializer(tmp_path / "w.onnx", (4, 4)) is None


@pytest.mark.parametrize("half", [False, True])
def test_of_an_inswapper_it_is_what_insightface_takes(tmp_path, half):
    file = standins.inswapper(tmp_path / "inswapper.onnx", export=Export(half=half))
    theirs = numpy_helper.to_array(onnx.load(file).graph.initializer[-1])
    found = last_initializer(file, (512, 512))
    assert found is not None
    assert np.array_equal(found, theirs.astype(np.float32))


def test_names_of_nodes_are_those_of_the_graph(tmp_path):
    file = standins.arcface(tmp_path / "arcface.onnx")
    assert node_names(file, 3) == [node.name for node in onnx.load(file).graph.node[:3]]
    assert len(node_names(file, 1000)) == len(onnx.load(file).graph.node)


def test_what_is_no_message_is_refused(tmp_path):
    (tmp_path / "w.onnx").write_bytes(b"\x3a\x7f\x01")
    with pytest.raises(ValueError, match="not a protobuf message"):
        last_initializer(tmp_path / "w.onnx", (4, 4))


def test_an_interface_has_what_is_no_weight_with_the_sizes_that_the_file_has(tmp_path):
    weight = numpy_helper.from_array(VALUES, "weight")
    listed = [
        helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, None, 128]),
        helper.make_tensor_value_info("weight", TensorProto.FLOAT, VALUES.shape),
        helper.make_tensor_value_info("scalar", TensorProto.FLOAT, []),
    ]
    made = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch"]) for name in ("b", "a")]
    model = helper.make_model(helper.make_graph([], "interface", listed, made, [weight]))
    onnx.save(model, str(tmp_path / "m.onnx"))
    expected = Interface({"image": (None, 3, None, 128), "scalar": ()}, ["b", "a"])
    assert interface(tmp_path / "m.onnx") == interface(model.SerializeToString()) == expected
    assert not expected.only_batch_is_open


def test_an_interface_is_that_of_another_with_the_same_names_in_any_order():
    own = Interface({"target": (None, 3), "source": (None, 512)}, ["a", "b"])
    assert own.only_batch_is_open
    assert own.is_that_of(Interface({"source": (None, 512), "target": (8, 3)}, ["b", "a"]))
    assert not own.is_that_of(Interface({"target": (None, 3)}, ["a", "b"]))
    assert not own.is_that_of(Interface(own.inputs, ["a"]))
