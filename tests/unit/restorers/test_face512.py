from __future__ import annotations

import numpy as np
import pytest

from hybridface_worker.contract.errors import LacksPlanError, TaskError
from hybridface_worker.inference.session import SessionOptions
from hybridface_worker.restorers.load import load_restorer
from support import standins
from support.faces import portrait
from support.insightface_classes import session
from support.onnx_graph import ANY_BATCH, Export

OPTIONS = SessionOptions(threads=1)
WRITERS = {"standin-gfpgan": standins.gfpgan, "standin-codeformer": standins.codeformer}
NAMES = tuple(WRITERS)


def load(name, file):
    return load_restorer(standins.reference(name, file), file, OPTIONS)


def crops(count: int = 3):
    return np.stack([np.roll(portrait(), 40 * number, axis=1) for number in range(count)])


@pytest.mark.parametrize("name", NAMES)
def test_a_crop_is_what_the_file_makes_of_it(tmp_path, name):
    file = WRITERS[name](tmp_path / "model.onnx")
    made = load(name, file).restore(crops())
    tensor = (crops().astype(np.float64) / 127.5 - 1).transpose(0, 3, 1, 2).astype(np.float32)
    extra = {"weight": np.array([0.5])} if name == "standin-codeformer" else {}
    for number in range(3):
        (raw,) = session(file).run(None, {"input": tensor[number : number + 1], **extra})
        expected = np.clip((raw[0].astype(np.float64).transpose(1, 2, 0) + 1) * 127.5, 0, 255)
        assert np.abs(made[number] - expected).max() <= 0.501
    assert made.dtype == np.uint8
    assert np.abs(made.astype(int) - crops()).mean() > 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("export", [Export(), ANY_BATCH, Export(batch=2)], ids=str)
def test_a_batch_is_its_faces_one_by_one(tmp_path, name, export):
    restorer = load(name, WRITERS[name](tmp_path / "model.onnx", export))
    together = restorer.restore(crops())
    for number in range(3):
        assert np.array_equal(restorer.restore(crops()[number : number + 1])[0], together[number])
    assert restorer.restore(crops()[:0]).shape == (0, 512, 512, 3)
    assert restorer.size == 512


@pytest.mark.parametrize("name", NAMES)
def test_half_precision_is_near(tmp_path, name):
    whole = load(name, WRITERS[name](tmp_path / "whole.onnx")).restore(crops(1))
    half = load(name, WRITERS[name](tmp_path / "half.onnx", Export(half=True))).restore(crops(1))
    difference = np.abs(half.astype(int) - whole)
    assert difference.mean() < 0.25
    assert difference.max() <= 2


def test_files_of_one_format_are_not_those_of_the_other(tmp_path):
    with pytest.raises(
        TaskError, match=r"no codeformer model: inputs: expected input .*, weight float64.*; found input"
    ):
        load("standin-codeformer", standins.gfpgan(tmp_path / "g.onnx"))
    with pytest.raises(TaskError, match=r"no gfpgan model: .* found input .*, weight float64 \[1\]"):
        load("standin-gfpgan", standins.codeformer(tmp_path / "c.onnx"))


def test_another_format_is_refused_by_name(tmp_path):
    file = standins.gfpgan(tmp_path / "g.onnx")
    model = standins.reference("standin-gfpgan", file).model_copy(update={"format": "esrgan"})
    with pytest.raises(LacksPlanError, match="no restorers of the format esrgan, but codeformer, gfpgan"):
        load_restorer(model, file, OPTIONS)
