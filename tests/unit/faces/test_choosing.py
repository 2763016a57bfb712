from __future__ import annotations

import pytest

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import FaceSelection
from hybridface_worker.faces.select import select
from hybridface_worker.faces.source import choose_face
from support.faces import face

SMALL, LARGE, UNSURE = face(50, 50, 40), face(200, 200, 90), face(400, 400, 200, score=0.3)


def test_all_are_those_that_are_sure_enough_in_their_order():
    assert select([SMALL, UNSURE, LARGE], FaceSelection()) == [SMALL, LARGE]


def test_the_largest_is_taken_of_those_that_are_sure_enough():
    assert select([SMALL, UNSURE, LARGE], FaceSelection(select="largest")) == [LARGE]
    assert select([UNSURE], FaceSelection(select="largest")) == []


def test_a_source_without_a_face_is_refused_and_says_what_to_do():
    with pytest.raises(InputRefused, match="no face was found; give an image") as refused:
        choose_face([], "a.jpg")
    assert refused.value.reason == Reason.NO_FACE_IN_SOURCE


def test_of_several_faces_in_a_source_the_largest_is_taken_with_a_note():
    found, notes = choose_face([SMALL, LARGE], "a.jpg")
    assert found.box == pytest.approx(tuple(LARGE.box))
    assert found.points[2] == pytest.approx(tuple(LARGE.points[2]), abs=1e-3)
    assert [note.reason for note in notes] == [Reason.SEVERAL_FACES_IN_SOURCE]


def test_a_single_face_is_taken_without_one():
    assert choose_face([SMALL], "a.jpg")[1] == ()


def test_scaling_is_of_pixel_edges_while_coordinates_are_of_centres():
    whole = face(49.5, 49.5, 100)
    assert whole.scaled(2).box.tolist() == [-0.5, -0.5, 199.5, 199.5]
    assert whole.scaled(3).scaled(1 / 3).points == pytest.approx(whole.points, abs=1e-4)
