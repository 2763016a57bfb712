"""Masks in a crop's own space: soft everywhere, and the same whatever the size of the crop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridface_worker.faces.align import template
from hybridface_worker.faces.outline import outline
from hybridface_worker.picture.mask import polygon, shown


def square(low: float, high: float) -> np.ndarray:
    return np.array([(low, low), (high, low), (high, high), (low, high)], np.float64)


def steepest(mask: np.ndarray) -> float:
    """The largest step between neighbours."""
    return float(max(np.abs(np.diff(mask, axis=axis)).max() for axis in (0, 1)))


@pytest.mark.parametrize("size", [64, 128, 512])
def test_a_polygon_is_whole_inside_and_nothing_outside(size):
    low, high = size * 5 // 32, size * 25 // 32
    mask = polygon(square(low, high), size)
    step = size // 64  # it is reckoned at 64 x 64
    assert mask[size // 2, size // 2] == 1
    assert mask[low + 2 * step, size // 2] > 0
    mask[low - step : high + step + 1, low - step : high + step + 1] = 0
    assert not mask.any()


@pytest.mark.parametrize("size", [64, 128, 256, 512])
def test_its_border_is_soft_at_every_size_and_shows_no_edge(size):
    mask = polygon(outline(template(size), size), size)
    assert mask.max() == 1
    assert steepest(mask) < 24 / size
    assert mask[0].max() == mask[:, 0].max() == mask[:, -1].max() == 0


@given(shift=st.floats(-0.5, 0.5), turn=st.floats(-0.3, 0.3))
def test_it_moves_with_its_corners_by_less_than_a_pixel(shift, turn):
    """What rounds corners to pixels jumps from frame to frame."""
    points = template(128) + np.array([shift, 0.0])
    still, moved = polygon(outline(template(128), 128), 128), polygon(outline(points, 128), 128)
    assert np.abs(still - moved).max() <= abs(shift) * steepest(still) + 0.02


def test_the_outline_holds_the_points_and_is_convex():
    corners, points = outline(template(128), 128), template(128)
    edges = np.roll(corners, -1, axis=0) - corners
    turns = edges[:, 0] * np.roll(edges[:, 1], -1) - edges[:, 1] * np.roll(edges[:, 0], -1)
    assert (turns > -1e-9).all()
    mask = polygon(corners, 128)
    assert all(mask[round(y), round(x)] == 1 for x, y in points)


def test_a_face_that_is_turned_has_a_narrower_outline_and_a_flat_one_a_lower():
    straight = np.ptp(outline(template(128), 128), axis=0)
    middle = template(128).mean(axis=0)
    turned = np.ptp(outline((template(128) - middle) * (0.6, 1.0) + middle, 128), axis=0)
    raised = np.ptp(outline((template(128) - middle) * (1.0, 0.7) + middle, 128), axis=0)
    assert turned[0] < 0.85 * straight[0]
    assert turned[1] == pytest.approx(straight[1], rel=0.05)
    assert raised[1] < 0.85 * straight[1]


def test_points_of_no_face_at_all_give_a_mask_nevertheless():
    mask = polygon(outline(np.full((5, 2), 64.0), 128), 128)
    assert np.isfinite(mask).all()


def test_what_lies_before_a_face_is_left_alone_and_the_rest_is_not():
    visible = np.ones((256, 256), np.float32)
    visible[:, 128:] = 0
    mask = shown(visible, 128)
    assert not mask[:, 64:].any()
    assert (mask[:, :56] == 1).all()
    assert steepest(mask) < 0.5
