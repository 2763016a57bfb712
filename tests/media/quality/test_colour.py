"""Whether a swapped face has the colours of the person it sits on, where the two meet.

Around each face, sector by sector, the colour just inside of what was changed is compared with the colour just outside,
in CIE L*a*b*. A face has steps there of its own (hair, background), so what counts is by how much a step has grown.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from support.blended import Blended, blended
from support.faces import group

SECTORS = 24
INSIDE = (0.08, 0.2)
"""Distances from the border, in times of the face's size: behind what is faded in."""
FEATURES = 1.15
"""In times of the five points' hull: eyes and mouth, which lie near the border where a face turns away."""
OUTSIDE = (0.0, 0.08)
LEAST_SAMPLES = 10
JUST_NOTICEABLE = 2.3
"""A difference of colours that people tell apart side by side (Mahy, Van Eycken, Oosterlinck 1994)."""


@pytest.fixture(scope="module")
def swap() -> Blended:
    return blended(group())


@pytest.fixture(scope="module")
def steps(swap) -> list[np.ndarray]:
    """By how much the step of each sector has grown, for each face."""
    return [np.array(list(_growth(swap, number))) for number in range(len(swap.faces))]


def test_no_face_stands_out_from_the_skin_around_it(steps):
    assert len(steps) == 6
    for growth in steps:
        assert len(growth) > SECTORS / 2
        assert np.maximum(growth, 0).mean() < 1.5 * JUST_NOTICEABLE


def test_where_a_face_is_put_in_shows_less_than_people_notice(steps):
    assert np.maximum(np.concatenate(steps), 0).mean() < JUST_NOTICEABLE


def test_no_face_is_brighter_than_it_was(swap):
    """What shines in the source would bleach what shines in the target already."""
    for number in range(len(swap.faces)):
        before, after = (lab[:, 0] for lab in _replaced(swap, number))
        assert (after > np.percentile(before, 99) + 1).mean() < 0.03


def _replaced(swap: Blended, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Colours before and after, [N, 3] each, where a face has been replaced."""
    before, after = _lab(swap.before), _lab(swap.after)
    replaced = (np.abs(after - before).max(axis=2) > 1) & _around(swap, number)
    return before[replaced], after[replaced]


def _growth(swap: Blended, number: int) -> Iterator[float]:
    face = swap.faces[number]
    before, after = _lab(swap.before), _lab(swap.after)
    changed = ((np.abs(after - before).max(axis=2) > 1) & _around(swap, number)).astype(np.uint8)
    changed = cv2.morphologyEx(changed, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    size = np.sqrt(face.area)
    deep = cv2.distanceTransform(changed, cv2.DIST_L2, cv2.DIST_MASK_5) / size
    away = cv2.distanceTransform(1 - changed, cv2.DIST_L2, cv2.DIST_MASK_5) / size
    inner, outer = ((low < at) & (at < high) for at, (low, high) in ((deep, INSIDE), (away, OUTSIDE)))
    inner &= ~_around(swap, number, FEATURES)
    sectors = _sectors(swap, number)
    for sector in range(SECTORS):
        within, beyond = inner & (sectors == sector), outer & (sectors == sector)
        if min(within.sum(), beyond.sum()) >= LEAST_SAMPLES:
            neighbour = np.median(before[beyond], axis=0)
            steps = [np.linalg.norm(image[within].mean(axis=0) - neighbour) for image in (after, before)]
            yield float(steps[0] - steps[1])


def _lab(image: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2Lab))


def _around(swap: Blended, number: int, times: float = 3) -> np.ndarray:
    """The hull of a face's points, so many times as large; 3 is where it may have been changed, and no other."""
    points = swap.faces[number].points
    middle = points.mean(axis=0)
    hull = cv2.convexHull(((points - middle) * times + middle).astype(np.float32))
    mask = np.zeros(swap.before.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, np.rint(hull).astype(np.int32), 1)
    return mask > 0


def _sectors(swap: Blended, number: int) -> np.ndarray:
    """In which sector around the face's middle each pixel lies."""
    x, y = swap.faces[number].points.mean(axis=0)
    rows, columns = np.indices(swap.before.shape[:2])
    turn = (np.arctan2(rows - y, columns - x) / (2 * np.pi)) % 1
    return np.asarray((turn * SECTORS).astype(int))
