from __future__ import annotations

import numpy as np
import pytest

from hybridface_worker.contract.errors import LacksPlanError, TaskError
from hybridface_worker.inference.session import SessionOptions
from hybridface_worker.occluders.load import load_occluder
from support import standins
from support.faces import portrait
from support.onnx_graph import ANY_BATCH, ONE, Export

OPTIONS = SessionOptions(threads=1)


def load(file):
    return load_occluder(standins.reference("standin-xseg", file), file, OPTIONS)


def crops():
    """A face, and the same behind a blue bar."""
    face = portrait()[40:296, 100:356]
    barred = face.copy()
    barred[100:140] = (0, 0, 255)
    return np.stack([face, barred])


def test_what_is_before_a_face_is_told_from_it(tmp_path):
    face, barred = load(standins.xseg(tmp_path / "xseg.onnx")).visible(crops())
    assert face.shape == (256, 256)
    assert face.dtype == np.float32
    assert barred[100:140].max() < 0.01
    assert np.array_equal(barred[:100], face[:100])
    assert face[60:120, 100:160].mean() > 0.9


def test_values_are_those_of_the_file_for_blue_green_red(tmp_path):
    visible = load(standins.xseg(tmp_path / "xseg.onnx")).visible(crops())
    red, blue = crops()[..., 0] / 255, crops()[..., 2] / 255
    assert np.allclose(visible, 1 / (1 + np.exp(-(12 * (red - blue) + 4))), atol=1e-4)


@pytest.mark.parametrize("export", [ONE, ANY_BATCH, Export(half=True)], ids=str)
def test_a_batch_is_its_faces_one_by_one(tmp_path, export):
    occluder = load(standins.xseg(tmp_path / "xseg.onnx", export))
    together = occluder.visible(crops())
    assert all(np.array_equal(occluder.visible(crops()[i : i + 1])[0], together[i]) for i in range(2))
    assert occluder.visible(crops()[:0]).shape == (0, 256, 256)
    assert together.min() >= 0
    assert together.max() <= 1


def test_another_file_and_another_format_are_refused(tmp_path):
    with pytest.raises(TaskError, match=r"occluder standin-xseg: .* expected .*\[any, 256, 256, 3\]; found input"):
        load(standins.gfpgan(tmp_path / "g.onnx"))
    file = standins.xseg(tmp_path / "xseg.onnx")
    model = standins.reference("standin-xseg", file).model_copy(update={"format": "bisenet"})
    with pytest.raises(LacksPlanError, match="no occluders of the format bisenet, but xseg"):
        load_occluder(model, file, OPTIONS)
