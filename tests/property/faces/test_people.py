"""Who a face is: decided from its window alone, wherever that is cut, and never to and fro."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridface_worker.contract.spec import FaceSelection, Person
from hybridface_worker.faces.select import select
from hybridface_worker.faces.types import Face
from hybridface_worker.faces.window import FrameFaces, assign
from support.faces import face

K = 4
PEOPLE = tuple(Person(reference=f"_reference-{n:02d}", source=f"source-{n}") for n in range(2))
MAP = FaceSelection(select="map", people=PEOPLE, min_similarity=0.4)


def seen(x: float, likeness: tuple[float, float]) -> Face:
    return replace(face(x, 200), likeness=np.array(likeness, np.float32))


def sources(frames: list[FrameFaces], number: int) -> list[str | None]:
    return [each.source for each in select(assign(frames, number, K), MAP)]


cosines = st.tuples(st.floats(-1, 1, width=32), st.floats(-1, 1, width=32))


@given(
    clip=st.lists(st.tuples(cosines, cosines, st.booleans(), st.booleans()), min_size=1, max_size=24),
    number=st.integers(0, 23),
)
def test_the_decision_rests_on_the_frames_of_the_window_alone(clip, number):
    """Two people who cross nobody's way, some frames without the one, some of them behind a cut."""
    number %= len(clip)
    frames = [
        FrameFaces(n, (seen(200 + n, one), *((seen(600 - n, other),) if there else ())), cut_before=cut)
        for n, (one, other, there, cut) in enumerate(clip)
    ]
    window = frames[max(0, number - K) : number + K + 1]
    whole, alone = assign(frames, number, K), assign(window, number, K)
    assert [each.likeness.tobytes() for each in whole] == [each.likeness.tobytes() for each in alone]
    assert sources(frames, number) == sources(window, number)


@given(first=cosines, second=cosines)
def test_of_an_even_window_the_mean_is_what_every_frame_says(first, second):
    frames = [FrameFaces(n, (seen(200, first), seen(600, second))) for n in range(-K, K + 1)]
    found = assign(frames, 0, K)
    assert [each.likeness for each in found] == [pytest.approx(first, abs=1e-6), pytest.approx(second, abs=1e-6)]


@given(noise=st.lists(st.floats(-0.15, 0.15), min_size=60, max_size=60), first=st.booleans())
def test_a_face_whose_likeness_wavers_around_the_limit_does_not_flicker(noise, first):
    """Frame by frame it would be somebody in one and nobody in the next; on average it is well above the limit."""
    wavers = [0.6 if (n % 2 == 0) == first else 0.3 for n in range(60)]
    frames = [FrameFaces(n, (seen(200 + n, (wavers[n], noise[n])),)) for n in range(60)]
    assert {tuple(sources(frames, n)) for n in range(K, 60 - K)} == {("source-0",)}


def test_two_people_who_are_mistaken_for_each_other_in_single_frames_keep_their_sources():
    frames = []
    for n in range(60):
        wrong = n % 7 == 3
        left, right = ((0.3, 0.5), (0.5, 0.3)) if wrong else ((0.7, 0.2), (0.2, 0.7))
        frames.append(FrameFaces(n, (seen(200 + n, left), seen(600 - n, right))))
    assert {tuple(sources(frames, n)) for n in range(60)} == {("source-0", "source-1")}


def test_two_people_who_cross_each_others_way_keep_their_sources():
    """Their faces pass within a quarter of a side; by their places alone they would be followed wrongly."""
    places = [(n - 30) * 4.0 for n in range(60)]
    frames = [FrameFaces(n, (seen(400 + x, (0.8, 0.1)), seen(400 - x + 6, (0.1, 0.8)))) for n, x in enumerate(places)]
    assert {tuple(sources(frames, n)) for n in range(60)} == {("source-0", "source-1")}
    for n in range(K, 60 - K):
        found = assign(frames, n, K)
        assert found[0].points[2] == pytest.approx(frames[n].faces[0].points[2], abs=0.01)
        assert found[1].points[2] == pytest.approx(frames[n].faces[1].points[2], abs=0.01)


def test_a_face_that_is_bridged_is_who_it_was_before_and_after():
    frames = [FrameFaces(n, () if n == 0 else (seen(200 + n, (0.2, 0.8)),)) for n in range(-K, K + 1)]
    assert sources(frames, 0) == ["source-1"]


def test_behind_a_cut_nobody_is_who_stood_there_before():
    frames = [FrameFaces(n, (seen(200, (0.9, 0.1) if n < 0 else (0.1, 0.9)),), cut_before=n == 0) for n in range(-K, K)]
    assert (sources(frames, -1), sources(frames, 0)) == (["source-0"], ["source-1"])
