"""ArcFace, against insightface's ArcFaceONNX on the same stand-in file."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from hybridface_worker.contract.errors import LacksPlanError, TaskError
from hybridface_worker.faces.recogniser import load_recogniser
from hybridface_worker.inference.session import SessionOptions
from support import insightface_classes as insightface
from support import standins
from support.onnx_graph import ANY_BATCH, Export

OPTIONS = SessionOptions(threads=1)


def load(file):
    return load_recogniser(standins.reference("standin-arcface", file), file, OPTIONS)


@pytest.fixture(scope="module")
def file(model_folder):
    return standins.arcface(model_folder / "w600k.onnx")


def crops(count: int):
    return np.random.default_rng(0).integers(0, 256, (count, 112, 112, 3), np.uint8)


def features(model, rgb):
    return model.get_feat([np.ascontiguousarray(crop[..., ::-1]) for crop in rgb])


def test_200_features_are_insightfaces_to_the_last_bit(file):
    theirs = features(insightface.arcface(file), crops(200))
    assert np.array_equal(load(file).features(crops(200)), theirs)
    assert theirs.shape == (200, 512)


def test_embeddings_are_their_directions(file):
    embeddings = load(file).embed(crops(5))
    theirs = features(insightface.arcface(file), crops(5))
    assert embeddings.dtype == np.float32
    assert np.allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-6)
    assert np.allclose(embeddings, theirs / np.linalg.norm(theirs, axis=1, keepdims=True), atol=1e-7)


@pytest.mark.parametrize("export", [Export(), ANY_BATCH, Export(batch=4)], ids=str)
def test_a_batch_is_its_faces_one_by_one(model_folder, export):
    recogniser = load(standins.arcface(model_folder / "batch.onnx", export))
    together = recogniser.embed(crops(6))
    for number in range(6):
        assert np.array_equal(recogniser.embed(crops(6)[number : number + 1])[0], together[number])
    assert recogniser.embed(crops(0)).shape == (0, 512)


def test_half_precision_keeps_the_direction(model_folder, file):
    half = load(standins.arcface(model_folder / "half.onnx", Export(half=True))).embed(crops(8))
    cosines = (half * load(file).embed(crops(8))).sum(axis=1)
    assert cosines.min() > 0.9999


def test_a_model_that_scales_itself_is_given_pixels(model_folder, file):
    """Models exported from MXNet subtract and multiply in the graph; insightface tells them by their nodes' names."""
    model = onnx.load(file)
    first = model.graph.node[0]
    for name, value in (("mean", 127.5), ("scale", 1 / 127.5)):
        model.graph.initializer.append(onnx.numpy_helper.from_array(np.array(value, np.float32), name))
    nodes = [
        onnx.helper.make_node("Sub", [first.input[0], "mean"], ["centred"], name="_minusscalar0"),
        onnx.helper.make_node("Mul", ["centred", "scale"], ["scaled"], name="_mulscalar0"),
    ]
    first.input[0] = "scaled"
    rest = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*nodes, *rest])
    own = model_folder / "mxnet.onnx"
    onnx.save(model, own)
    assert np.array_equal(load(own).features(crops(4)), features(insightface.arcface(own), crops(4)))
    assert np.allclose(load(own).embed(crops(4)), load(file).embed(crops(4)), atol=1e-5)


def test_a_model_without_a_direction_is_refused(model_folder):
    model = onnx.load(standins.arcface(model_folder / "blank.onnx"))
    for weight in model.graph.initializer:
        if list(weight.dims)[-1:] == [512]:
            weight.raw_data = bytes(len(weight.raw_data))
    onnx.save(model, model_folder / "blank.onnx")
    with pytest.raises(TaskError, match="vectors without a direction"):
        load(model_folder / "blank.onnx").embed(crops(1))


def test_another_file_and_another_format_are_refused(model_folder, file):
    with pytest.raises(TaskError, match=r"recogniser standin-arcface.*found input float32 \[1, 3, 512, 512\]"):
        load(standins.gfpgan(model_folder / "gfpgan.onnx"))
    model = standins.reference("standin-arcface", file).model_copy(update={"format": "adaface"})
    with pytest.raises(LacksPlanError, match="no recognisers of the format adaface, but arcface"):
        load_recogniser(model, file, OPTIONS)
