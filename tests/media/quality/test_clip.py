"""Whose faces the demo's clip shows, from its first frame to its last."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from prepare_demo import DEFAULT_SECONDS, RATE, camera, view
from support.blended import blended, faces_in
from support.faces import group, portrait, whole
from support.recogniser import ANOTHER, embedding

LENGTH = DEFAULT_SECONDS * RATE
FRAMES = (*range(0, LENGTH, 12), 143, 150, LENGTH - 1)


@dataclass(frozen=True)
class Seen:
    """A face in one frame, by dlib's numbers."""

    frame: int
    before: np.ndarray
    after: np.ndarray


@pytest.fixture(scope="module")
def seen() -> list[Seen]:
    found = []
    for number in FRAMES:
        swap = blended(view(group(), camera(number / (LENGTH - 1))))
        faces = [face for face in swap.faces if whole(face, swap.before)]
        found += [Seen(number, embedding(swap.before, face), embedding(swap.after, face)) for face in faces]
    return found


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.linalg.norm(one - other))


def test_the_recogniser_knows_everybody_again(seen):
    """What the other tests rest on: before the swap each is one of the photograph's six, and none of the others."""
    known = [embedding(group(), face) for face in faces_in(group())]
    distances = np.array([sorted(_apart(face.before, one) for one in known) for face in seen])
    assert len(known) == 6
    assert distances[:, 0].max() < 0.25
    assert distances[:, 1].min() > 0.45


def test_nobody_is_the_person_that_was_there_in_any_frame(seen):
    assert len(seen) > 4 * len(FRAMES)
    nearest = min(seen, key=lambda face: _apart(face.before, face.after))
    assert _apart(nearest.before, nearest.after) > ANOTHER, f"frame {nearest.frame}"


def test_everybody_is_nearer_to_the_source_in_every_frame(seen):
    source = embedding(portrait(), faces_in(portrait())[0])
    nearer = [_apart(face.before, source) - _apart(face.after, source) for face in seen]
    assert min(nearer) > 0.1
    assert np.mean(nearer) > 0.25
