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
COARSE = 0.03
"""Sigma, in times of a face's size, of what is seen of its skin and not of its pores."""
PALER = 95
"""Percentile of the places in a face's skin by how much paler they have become: there it is seen, not on average."""
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


def test_no_skin_is_paler_than_it_was(swap):
    """Lids, cheeks, chin, seen coarsely: what turns lighter or less yellow looks whitish beside the neck."""
    for number in range(len(swap.faces)):
        lighter, _, yellower = _skin_change(swap, number).T
        assert np.percentile(lighter, PALER) < 4 * JUST_NOTICEABLE
        assert np.percentile(-yellower, PALER) < 3.5 * JUST_NOTICEABLE


def _skin_change(swap: Blended, number: int) -> np.ndarray:
    """By how much L*, a*, b* changed, [N, 3], within a face but for eyes, brows, nostrils and mouth."""
    face = swap.faces[number]
    change = _lab(swap.after) - _lab(swap.before)
    replaced = (np.abs(change).max(axis=2) > 1) & _around(swap, number, 2)
    coarse = cv2.GaussianBlur(change, (0, 0), COARSE * np.sqrt(face.area))
    return np.asarray(coarse[replaced & ~_features(swap, number)])


def _features(swap: Blended, number: int) -> np.ndarray:
    """Ellipses over the eyes, the nose's tip and the mouth, as wide as their distances say."""
    points = swap.faces[number].points
    left, right, nose, *corners = points
    unit = float(np.linalg.norm((left + right) / 2 - np.mean(corners, axis=0)))
    across = corners[1] - corners[0]
    tilt = float(np.degrees(np.arctan2(across[1], across[0])))
    mask = np.zeros(swap.before.shape[:2], np.uint8)
    for middle, wide, high in (
        (left, 0.25, 0.12),
        (right, 0.25, 0.12),
        (nose, 0.2, 0.15),
        (np.mean(corners, axis=0), 0.42, 0.22),
    ):
        axes = (unit * wide * 2, unit * high * 2)
        cv2.ellipse(mask, (tuple(map(float, middle)), axes, tilt), 1, -1)
    return mask > 0


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
