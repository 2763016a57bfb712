from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridface_worker.faces import following
from hybridface_worker.faces.following import MAX_GROWTH, MAX_STEP, match, outward
from hybridface_worker.faces.types import Face
from hybridface_worker.faces.window import FrameFaces, assign
from support.faces import face

K = 4
FACES = st.lists(st.builds(face, st.floats(0, 300), st.floats(0, 300), st.floats(20, 200)), max_size=5)


@given(left=FACES, right=FACES)
def test_no_face_is_in_two_pairs_and_none_leaps(left, right):
    pairs = match(left, right)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    for i, j in pairs:
        small, large = sorted((left[i].area ** 0.5, right[j].area ** 0.5))
        step = np.hypot(*(left[i].points[2] - right[j].points[2]))
        assert large <= small * MAX_GROWTH * 1.001
        assert step <= MAX_STEP * small + large


@given(left=FACES, right=FACES)
def test_pairs_are_the_same_seen_from_either_side(left, right):
    there, back = match(left, right), match(right, left)
    assert sorted(there) == sorted((i, j) for j, i in back)


def test_the_nearest_pair_is_made_first():
    assert match([face(100, 100), face(130, 100)], [face(125, 100)]) == [(1, 0)]


@pytest.mark.parametrize(("step", "followed"), [(49, True), (51, False)])
def test_a_face_is_followed_for_half_its_side_from_frame_to_frame(step, followed):
    assert bool(match([face(100, 100, 100)], [face(100 + step, 100, 100)])) == followed


@pytest.mark.parametrize(("size", "followed"), [(159, True), (161, False), (63, True), (62, False)])
def test_a_face_is_followed_unless_its_size_leaps(size, followed):
    assert bool(match([face(100, 100, 100)], [face(100, 100, size)])) == followed


def test_a_face_without_an_extent_is_nobody():
    assert match([face(5, 5, 0)], [face(5, 5, 0)]) == []


def test_each_face_of_a_crowd_is_held_against_its_neighbours_alone(monkeypatch):
    held = []
    cost = following._cost

    def counted(a: Face, b: Face) -> float:
        held.append((a, b))
        return cost(a, b)

    monkeypatch.setattr(following, "_cost", counted)
    crowd = [face(120.0 * n, 100) for n in range(200)]
    assert sorted(match(crowd, crowd[::-1])) == [(n, 199 - n) for n in range(200)]
    assert len(held) == 200


def test_a_face_is_found_again_where_it_was_last_seen():
    chains = outward([face(0, 0)], [(1, [face(40, 0)]), (2, []), (3, [face(80, 0), face(300, 0)])])
    assert [sorted(chain) for chain in chains] == [[0, 1, 3], [3]]


def test_two_faces_that_cross_keep_their_places():
    """Heads do not meet in one point: one passes above the other."""
    frames = [FrameFaces(n, (face(300 + 12 * n, 200), face(300 - 12 * n, 260))) for n in range(-12, 13)]
    for n in range(-8, 9):
        above, below = assign(frames, n, K)
        assert np.allclose(above.points, face(300 + 12 * n, 200).points, atol=1e-3)
        assert np.allclose(below.points, face(300 - 12 * n, 260).points, atol=1e-3)


def test_one_of_two_crossing_faces_that_is_missed_is_bridged_beside_the_other():
    frames = [FrameFaces(n, (face(300 + 12 * n, 200), face(300 - 12 * n, 290))) for n in range(-6, 7)]
    frames[6] = FrameFaces(0, frames[6].faces[:1])
    above, below = assign(frames, 0, K)
    assert np.allclose(above.points, face(300, 200).points, atol=1e-3)
    assert np.allclose(below.points, face(300, 290).points, atol=1e-3)


def test_the_order_of_the_detections_changes_the_order_of_the_result_alone():
    seen = (face(100, 100), face(260, 110, 120), face(420, 90, 80))
    around = [FrameFaces(n, seen) for n in range(-K, K + 1) if n]
    expected = {f.points.tobytes() for f in assign([*around, FrameFaces(0, seen)], 0, K)}
    for order in permutations(seen):
        assert {f.points.tobytes() for f in assign([*around, FrameFaces(0, order)], 0, K)} == expected
