"""How like the people who are looked for each face is: by a recogniser that tells a crop by its mean colour."""

from __future__ import annotations

import numpy as np
import pytest

from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View
from hybridface_worker.pipeline.people import People
from support.faces import face

RED, BLUE, GREEN = face(100, 100, 80), face(300, 110, 70), face(500, 120, 90)


class ByColour:
    """Unit vectors along a crop's mean colour; takes down how many crops it was shown at once."""

    size = 112

    def __init__(self):
        self.batches = []

    def embed(self, crops):
        self.batches.append(len(crops))
        means = crops.reshape(len(crops), -1, 3).mean(axis=1, dtype=np.float64)
        vectors = np.pad(means, ((0, 0), (0, 509)))
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def people(recogniser):
    """A red and a blue one."""
    return People(recogniser, np.eye(512, dtype=np.float32)[[0, 2]])


@pytest.fixture
def scene():
    image = np.zeros((240, 640, 3), np.uint8)
    for channel, left in ((0, 0), (2, 200), (1, 400)):
        image[:, left : left + 200, channel] = 200
    return image


def told(who, scene, *faces):
    return who.told(Picture.of_image(scene), View(640, 240), faces)


def test_each_face_is_told_by_what_it_shows_and_is_otherwise_as_it_was(scene):
    found = told(people(ByColour()), scene, RED, BLUE, GREEN)
    assert np.stack([each.likeness for each in found]) == pytest.approx(np.array([(1, 0), (0, 1), (0, 0)]), abs=0.02)
    for before, after in zip((RED, BLUE, GREEN), found, strict=True):
        assert (after.box is before.box, after.points is before.points, after.score) == (True, True, before.score)


def test_a_pictures_faces_are_one_batch_and_none_asks_nobody(scene):
    recogniser = ByColour()
    assert told(people(recogniser), scene) == []
    assert recogniser.batches == []
    told(people(recogniser), scene, RED, GREEN)
    assert recogniser.batches == [2]


def test_a_face_is_told_alike_whoever_is_beside_it(scene):
    beside, alone = told(people(ByColour()), scene, GREEN, RED)[1], told(people(ByColour()), scene, RED)[0]
    assert beside.likeness.tobytes() == alone.likeness.tobytes()
