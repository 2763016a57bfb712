"""Whether a swapped face is another person's, told by a recogniser that nothing else here uses."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from hybridface_worker.contract.catalogue import BUILT_IN
from hybridface_worker.contract.spec import Blend
from hybridface_worker.faces.centerface import CenterFace
from hybridface_worker.faces.source import choose_face
from hybridface_worker.faces.types import Face
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View
from hybridface_worker.pipeline.painter import Painter
from hybridface_worker.swappers.load import load_swapper
from hybridface_worker.swappers.source import source_of
from support.faces import group, portrait

ANOTHER = 0.6
"""Distance from which dlib's recogniser takes two faces for two people."""


@dataclass
class Swap:
    before: np.ndarray
    after: np.ndarray
    faces: list[Face]
    found: list[Face]


@pytest.fixture(scope="module")
def detector():
    return CenterFace(threads=1, min_score=0.5)


@pytest.fixture(scope="module")
def recogniser():
    import dlib
    import face_recognition_models as weights

    shape = dlib.shape_predictor(weights.pose_predictor_model_location())
    network = dlib.face_recognition_model_v1(weights.face_recognition_model_location())

    def describe(image, face):
        left, top, right, bottom = face.box.tolist()
        x, y = (left + right) / 2, (top + bottom) / 2 + 0.04 * (bottom - top)
        half = max(right - left, 0.85 * (bottom - top)) / 2
        square = dlib.rectangle(int(x - half), int(y - half), int(x + half), int(y + half))
        return np.array(network.compute_face_descriptor(image, shape(image, square)))

    return describe


def _faces(detector, image):
    view = View(image.shape[1], image.shape[0])
    pixels, scale = view.thumbnail_of(Picture.of_image(image))
    return view, [face.scaled(1 / scale) for face in detector.detect([pixels])[0]]


@pytest.fixture(scope="module", params=[(0.0, 1.0), (-5.0, 1.05), (4.0, 0.93)], ids=["as it is", "turned", "smaller"])
def swap(request, detector):
    angle, scale = request.param
    move = cv2.getRotationMatrix2D((640, 443), angle, scale)
    before = cv2.warpAffine(group(), move, (1280, 886), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT)
    swapper = load_swapper(BUILT_IN["blend"])
    view, faces = _faces(detector, portrait())
    chosen, _ = choose_face(faces, "portrait")
    source = source_of(Picture.of_image(portrait().copy()), view, chosen, swapper.size)
    after = np.array(before)
    view, faces = _faces(detector, after)
    painter, picture = Painter(swapper, {"a": source}, Blend()), Picture.of_image(after)
    placed = painter.place(picture, view, faces)
    painter.paint(picture, placed, painter.swap("a", np.stack([face.crop for face in placed])))
    return Swap(np.array(before), after, faces, _faces(detector, after)[1])


def _overlap(a, b):
    shared = np.prod(np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0))
    return shared / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - shared)


def test_at_every_place_there_is_still_a_face(swap):
    assert len(swap.faces) == 6
    assert min(max(_overlap(face.box, other.box) for other in swap.found) for face in swap.faces) >= 0.5


def test_nobody_is_the_person_that_was_there(swap, recogniser):
    moved = [np.linalg.norm(recogniser(swap.before, face) - recogniser(swap.after, face)) for face in swap.faces]
    assert min(moved) > ANOTHER


def test_everybody_is_nearer_to_the_source(swap, recogniser, detector):
    image = portrait().copy()
    source = recogniser(image, _faces(detector, image)[1][0])
    before = [np.linalg.norm(recogniser(swap.before, face) - source) for face in swap.faces]
    after = [np.linalg.norm(recogniser(swap.after, face) - source) for face in swap.faces]
    assert np.mean(after) < np.mean(before) - 0.2
    assert all(now < then for now, then in zip(after, before, strict=True))


def test_samples_away_from_the_faces_are_untouched(swap):
    """Away: outside of the hull of the five points, three times as large."""
    near = np.zeros(swap.before.shape[:2], np.uint8)
    for face in swap.faces:
        middle = face.points.mean(axis=0)
        hull = cv2.convexHull(((face.points - middle) * 3 + middle).astype(np.float32))
        cv2.fillConvexPoly(near, np.rint(hull).astype(np.int32), 1)
    assert np.array_equal(swap.before[near == 0], swap.after[near == 0])
