from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import FaceSelection, Person
from hybridface_worker.faces.select import Selected, select
from hybridface_worker.faces.source import choose_face
from hybridface_worker.faces.types import Face
from support.faces import face

SMALL, LARGE, UNSURE = face(50, 50, 40), face(200, 200, 90), face(400, 400, 200, score=0.3)


MAP = FaceSelection(
    select="map",
    people=(Person(reference="_reference-00", source="actor"), Person(reference="_reference-01", source="actress")),
    min_similarity=0.4,
)


def faces(selected: list[Selected]) -> list[Face]:
    return [each.face for each in selected]


def like(known: Face, *likeness: float) -> Face:
    return replace(known, likeness=np.array(likeness, np.float32))


def test_all_are_those_that_are_sure_enough_in_their_order():
    assert faces(select([SMALL, UNSURE, LARGE], FaceSelection())) == [SMALL, LARGE]


def test_the_largest_is_taken_of_those_that_are_sure_enough():
    assert faces(select([SMALL, UNSURE, LARGE], FaceSelection(select="largest"))) == [LARGE]
    assert select([UNSURE], FaceSelection(select="largest")) == []


def test_of_a_reference_those_are_taken_that_are_like_it_enough():
    looked_for = (Person(reference="_reference-00"),)
    selection = FaceSelection(select="reference", people=looked_for, min_similarity=0.5)
    near, just, far = like(SMALL, 0.9), like(LARGE, 0.5), like(SMALL, 0.49)
    assert faces(select([far, near, just, like(UNSURE, 1.0)], selection)) == [near, just]
    assert {found.source for found in select([near], selection)} == {None}


def test_with_a_map_each_face_gets_the_source_of_the_person_whom_it_is_most_like():
    found = select([like(SMALL, 0.5, 0.6), like(LARGE, 0.9, 0.6), like(SMALL, 0.39, 0.2)], MAP)
    assert [each.source for each in found] == ["actress", "actor"]


def test_of_two_people_whom_a_face_is_alike_the_first_of_the_map_is_taken():
    assert [each.source for each in select([like(SMALL, 0.7, 0.7)], MAP)] == ["actor"]


def test_whose_likeness_nobody_told_is_a_defect_and_no_stranger():
    with pytest.raises(ValueError, match="has not been compared"):
        select([SMALL], MAP)


def test_a_source_without_a_face_is_refused_and_says_what_to_do():
    with pytest.raises(InputRefused, match="no face was found; give an image") as refused:
        choose_face([], "a.jpg")
    assert refused.value.reason == Reason.NO_FACE_IN_SOURCE


def test_a_reference_without_a_face_has_a_reason_of_its_own():
    with pytest.raises(InputRefused, match="no face was found; give an image") as refused:
        choose_face([], "who.jpg", reference=True)
    assert refused.value.reason == Reason.NO_FACE_IN_REFERENCE


def test_a_small_face_is_taken_with_a_note_of_its_size_and_the_size_that_is_wanted():
    found, (note,) = choose_face([face(50, 50, 23)], "a.jpg")
    assert found.box[2] - found.box[0] == pytest.approx(23)
    assert note.reason == Reason.SMALL_FACE_IN_SOURCE
    assert note.message == (
        "a.jpg: the face is 23 pixels wide, too few to tell whose it is; give an image in which it has at least 40"
    )


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
