from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridface_worker.faces.types import Face
from hybridface_worker.faces.window import FrameFaces, assign
from support.faces import face

K = 4


def _moving(numbers, vx=3.0, vy=-2.0, **kwargs):
    return [FrameFaces(n, (face(200 + vx * n, 300 + vy * n, **kwargs),)) for n in numbers]


def _equal(left: list[Face], right: list[Face]) -> bool:
    return [f.box.tobytes() + f.points.tobytes() for f in left] == [f.box.tobytes() + f.points.tobytes() for f in right]


@given(vx=st.floats(-20, 20), vy=st.floats(-20, 20), first=st.integers(-K, 0), last=st.integers(0, K))
def test_even_motion_comes_back_as_it_is_wherever_the_window_ends(vx, vy, first, last):
    window = _moving(range(first, last + 1), vx, vy)
    found = assign(window, 0, K)
    assert len(found) == 1
    assert np.allclose(found[0].points, face(200, 300).points, atol=1e-3)
    assert np.allclose(found[0].box, face(200, 300).box, atol=1e-3)


def test_jitter_falls():
    random = np.random.default_rng(7)
    frames = [
        FrameFaces(n, (replace(f, points=f.points + random.normal(0, 1, (5, 2)).astype(np.float32)),))
        for n in range(200)
        for f in [face(200 + n, 300)]
    ]
    raw = np.array([frame.faces[0].points - face(200 + frame.number, 300).points for frame in frames])
    steady = np.array([assign(frames, n, K)[0].points - face(200 + n, 300).points for n in range(200)])
    assert steady.std() < 0.5 * raw.std()
    assert np.diff(steady, axis=0).std() < 0.35 * np.diff(raw, axis=0).std()


def test_one_wild_detection_moves_its_neighbours_little():
    frames = _moving(range(-K, K + 1))
    wild = frames[K + 1].faces[0]
    frames[K + 1] = FrameFaces(1, (replace(wild, points=wild.points + np.float32(20)),))
    assert np.abs(assign(frames, 0, K)[0].points - face(200, 300).points).max() < 2.5


@given(extra=st.integers(0, 30), seed=st.integers(0, 1000))
def test_frames_beyond_the_window_and_their_order_do_not_matter(extra, seed):
    random = np.random.default_rng(seed)
    frames = [
        FrameFaces(
            n,
            tuple(
                face(random.uniform(0, 400), random.uniform(0, 400), random.uniform(30, 120))
                for _ in range(random.integers(4))
            ),
            bool(random.random() < 0.1),
        )
        for n in range(-K - extra, K + extra + 1)
    ]
    near = [frame for frame in frames if abs(frame.number) <= K]
    random.shuffle(frames)
    assert _equal(assign(frames, 0, K), assign(near, 0, K))


def test_smoothing_of_0_gives_the_detections_as_they_are():
    seen = (face(100, 100), face(300, 120))
    frames = [FrameFaces(-1, ()), FrameFaces(0, seen), FrameFaces(1, (face(500, 500),))]
    assert assign(frames, 0, 0) == list(seen)


@pytest.mark.parametrize("missing", [1, 2, 4])
def test_a_face_that_was_missed_for_a_while_is_bridged(missing):
    gap = range(missing)
    for n in gap:
        window = [FrameFaces(f.number, ()) if f.number in gap else f for f in _moving(range(n - K, n + K + 1))]
        found = assign(window, n, K)
        assert len(found) == 1
        assert np.allclose(found[0].points, face(200 + 3 * n, 300 - 2 * n).points, atol=1e-3)


def test_a_longer_gap_is_an_absence():
    window = [FrameFaces(f.number, ()) if 0 <= f.number <= K else f for f in _moving(range(-K, K + 2))]
    assert all(assign(window, n, K) == [] for n in range(K + 1))


def test_a_face_that_comes_or_goes_is_not_made_up():
    coming = [FrameFaces(f.number, f.faces if f.number >= 0 else ()) for f in _moving(range(-K - 1, K + 1))]
    assert assign(coming, -1, K) == []
    assert len(assign(coming, 0, K)) == 1


def test_a_cut_ends_the_window():
    before = [FrameFaces(n, (face(200, 200),)) for n in range(-K, 0)]
    after = [FrameFaces(n, (face(210, 210),), cut_before=n == 0) for n in range(K + 1)]
    assert np.allclose(assign([*before, *after], 0, K)[0].points, face(210, 210).points, atol=1e-3)
    assert np.allclose(assign([*before, *after], -1, K)[0].points, face(200, 200).points, atol=1e-3)


def test_a_face_is_not_bridged_over_a_cut():
    frames = [FrameFaces(-1, (face(200, 200),)), FrameFaces(0, (), cut_before=True), FrameFaces(1, (face(200, 200),))]
    assert assign(frames, 0, K) == []


def test_neighbours_that_pass_close_by_are_not_mixed_up():
    frames = [FrameFaces(n, (face(200, 200), face(290 + n, 200))) for n in range(-K, K + 1)]
    left, right = assign(frames, 0, K)
    assert np.allclose(left.points, face(200, 200).points, atol=1e-3)
    assert np.allclose(right.points, face(290, 200).points, atol=1e-3)


def test_the_detectors_order_among_frames_does_not_matter():
    frames = [FrameFaces(n, (face(200, 200), face(400, 200))) for n in range(-K, K + 1)]
    turned = [FrameFaces(f.number, f.faces[::-1] if f.number % 2 else f.faces) for f in frames]
    assert _equal(assign(frames, 0, K), assign(turned, 0, K))


def test_a_face_keeps_its_own_score_and_a_bridged_one_takes_the_lowest():
    frames = [FrameFaces(n, (face(200, 200, score=0.6 + 0.05 * n),)) for n in range(-2, 3)]
    assert assign(frames, 0, K)[0].score == pytest.approx(0.6)
    frames[2] = FrameFaces(0, ())
    assert assign(frames, 0, K)[0].score == pytest.approx(0.5)
