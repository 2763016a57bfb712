"""SCRFD, against insightface's class on the same stand-in files."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from hybridface_worker.contract.catalogue import BUILT_IN
from hybridface_worker.contract.errors import TaskError
from hybridface_worker.faces.detector import load_detector
from hybridface_worker.inference.session import SessionOptions
from support import insightface_classes as insightface
from support import standins
from support.faces import group, portrait
from support.onnx_graph import ANY_BATCH, ONE, Export
from support.standin_scrfd import drawn_scrfd, scrfd

OPTIONS = SessionOptions(threads=1)
MIN_SCORE = 0.5


def load(file, min_score: float = MIN_SCORE):
    return load_detector(standins.reference("standin-scrfd", file), file, OPTIONS, min_score=min_score)


@pytest.fixture(scope="module")
def file(model_folder):
    return scrfd(model_folder / "scrfd.onnx")


@pytest.fixture(scope="module")
def drawn(model_folder):
    return drawn_scrfd(model_folder / "drawn.onnx")


def noise(count: int, height: int = 160, width: int = 192):
    """Pictures of large and small blots."""
    random = np.random.default_rng(0)
    for _ in range(count):
        small = random.integers(0, 256, (height // 8, width // 8, 3), np.uint8)
        yield np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def assert_same(faces, boxes, points):
    assert len(faces) == len(boxes)
    for face, box, marks in zip(faces, boxes, points, strict=True):
        assert np.array_equal(face.box, box[:4])
        assert face.score == box[4]
        assert np.array_equal(face.points, marks)


@pytest.mark.parametrize("export", [ONE, ANY_BATCH], ids=str)
@pytest.mark.parametrize("counts_items", [False, True])
def test_many_candidates_give_what_insightface_finds(model_folder, export, counts_items):
    file = drawn_scrfd(model_folder / "oracle.onnx", export, counts_items=counts_items)
    ours, theirs, seen = load(file), insightface.scrfd(file, MIN_SCORE), 0
    for image in noise(50):
        (faces,) = ours.detect([image])
        assert_same(faces, *insightface.detected(theirs, image))
        seen += len(faces)
    assert seen > 1000


@pytest.mark.parametrize("image", [portrait(), np.ascontiguousarray(group()[:864, :1280])], ids=["one", "six"])
def test_faces_of_photographs_are_those_of_insightface(file, image):
    (faces,) = load(file).detect([image])
    assert len(faces) in (1, 6)
    assert_same(faces, *insightface.detected(insightface.scrfd(file, MIN_SCORE), image))


def test_the_stand_in_finds_what_its_network_finds(file):
    (faces,) = load(file).detect([portrait()])
    (known,) = load_detector(BUILT_IN["centerface"], None, OPTIONS, min_score=MIN_SCORE).detect([portrait()])
    assert np.allclose(faces[0].points, known[0].points, atol=0.01)


@pytest.mark.parametrize("export", [ONE, ANY_BATCH, Export(batch=4)], ids=str)
def test_a_batch_is_its_pictures_one_by_one(model_folder, export):
    detector = load(drawn_scrfd(model_folder / "batch.onnx", export))
    images = [*noise(5), *noise(2, 96, 96)]
    for faces, image in zip(detector.detect(images), images, strict=True):
        (alone,) = detector.detect([image])
        assert [face.score for face in faces] == [face.score for face in alone]
        assert all(np.array_equal(one.points, other.points) for one, other in zip(faces, alone, strict=True))
    assert detector.detect([]) == []


def test_a_file_for_one_size_takes_smaller_pictures_and_larger_ones(model_folder):
    detector = load(scrfd(model_folder / "fixed.onnx", side=320))
    middle = cv2.resize(portrait(), (256, 256), interpolation=cv2.INTER_AREA)
    (small,), (large,) = detector.detect([middle]), detector.detect([portrait()])
    assert len(small) == len(large) == 1
    assert np.abs(small[0].scaled(2).points - large[0].points).max() < 4


def test_sides_that_no_stride_divides_are_filled_up(file):
    (whole,) = load(file).detect([portrait()])
    (cut,) = load(file).detect([portrait()[:411, :437]])
    assert np.abs(cut[0].points - whole[0].points).max() < 0.5


def test_scores_below_the_least_are_left_out(drawn):
    image = next(noise(1))
    all_of_them, sure = load(drawn, 0.5).detect([image])[0], load(drawn, 0.9).detect([image])[0]
    assert 0 < len(sure) < len(all_of_them)
    assert min(face.score for face in sure) >= 0.9


def test_a_file_of_another_kind_is_told_what_was_expected_and_found(model_folder):
    with pytest.raises(
        TaskError, match=r"detector standin-scrfd: its file is no scrfd model: inputs: expected .*found"
    ):
        load(standins.inswapper(model_folder / "inswapper.onnx"))


def test_outputs_that_do_not_fit_the_picture_are_told(model_folder):
    """Such as those of a network with one anchor at each position."""
    import onnx

    model = onnx.load(drawn_scrfd(model_folder / "one_anchor.onnx"))
    last = next(node for node in model.graph.node if node.output[0] == "448")
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.arange(10), "few"))
    last.op_type = "Gather"
    last.input.append("few")
    onnx.save(model, model_folder / "one_anchor.onnx")
    with pytest.raises(TaskError, match=r"an image of 192 x 160: expected outputs \[1, 960, 1\].*; found \[10, 1\]"):
        load(model_folder / "one_anchor.onnx").detect([next(noise(1))])
