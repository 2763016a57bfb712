"""Whether a swapped face is another person's, told by a recogniser that nothing else here uses."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from support.blended import Blended, blended, faces_in
from support.faces import group, portrait
from support.recogniser import ANOTHER, embedding


@pytest.fixture(scope="module", params=[(0.0, 1.0), (-5.0, 1.05), (4.0, 0.93)], ids=["as it is", "turned", "smaller"])
def swap(request) -> Blended:
    angle, scale = request.param
    move = cv2.getRotationMatrix2D((640, 443), angle, scale)
    moved = cv2.warpAffine(group(), move, (1280, 886), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT)
    return blended(np.asarray(moved, np.uint8))


def _overlap(a, b):
    shared = np.prod(np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0))
    return shared / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - shared)


def test_at_every_place_there_is_still_a_face(swap):
    assert len(swap.faces) == 6
    found = faces_in(swap.after)
    assert min(max(_overlap(face.box, other.box) for other in found) for face in swap.faces) >= 0.5


def test_nobody_is_the_person_that_was_there(swap):
    moved = [np.linalg.norm(embedding(swap.before, face) - embedding(swap.after, face)) for face in swap.faces]
    assert min(moved) > ANOTHER


def test_everybody_is_nearer_to_the_source(swap):
    source = embedding(portrait(), faces_in(portrait())[0])
    before = [np.linalg.norm(embedding(swap.before, face) - source) for face in swap.faces]
    after = [np.linalg.norm(embedding(swap.after, face) - source) for face in swap.faces]
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
