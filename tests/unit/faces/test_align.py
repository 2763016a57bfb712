from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hybridface_worker.faces.align import similarity, template

POINTS = arrays(np.float64, (5, 2), elements=st.floats(-1000, 1000))


def _applied(affine, points):
    return points @ affine[:, :2].T + affine[:, 2]


@given(
    angle=st.floats(-np.pi, np.pi),
    scale=st.floats(0.05, 50),
    x=st.floats(-5000, 5000),
    y=st.floats(-5000, 5000),
)
def test_a_known_similarity_is_recovered(angle, scale, x, y):
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    known = np.column_stack([turn, (x, y)])
    seen = _applied(known, template(112))
    found = similarity(seen, template(112))
    assert np.allclose(_applied(found, seen), template(112), atol=1e-6)


@given(points=POINTS)
def test_no_points_make_it_reflect(points):
    linear = similarity(points, template(112))[:, :2]
    assert np.linalg.det(linear) >= -1e-9
    assert np.allclose(
        linear @ linear.T, np.linalg.det(linear) * np.eye(2), atol=1e-6 * (1 + np.abs(linear).max() ** 2)
    )


def test_mirrored_points_are_fitted_by_a_turn_and_not_by_a_mirror():
    mirrored = template(112) * (-1, 1)
    assert np.linalg.det(similarity(mirrored, template(112))[:, :2]) > 0


@given(points=POINTS, nudge=arrays(np.float64, 4, elements=st.floats(-0.01, 0.01)))
def test_no_similarity_near_by_fits_better(points, nudge):
    found = similarity(points, template(112))
    other = found + np.array([[nudge[0], -nudge[1], nudge[2]], [nudge[1], nudge[0], nudge[3]]])
    error = ((_applied(found, points) - template(112)) ** 2).sum()
    assert error <= ((_applied(other, points) - template(112)) ** 2).sum() + 1e-6 * (1 + error)


def test_points_that_coincide_give_a_map_to_the_middle():
    found = similarity(np.full((5, 2), 7.0), template(112))
    assert np.allclose(_applied(found, np.full((5, 2), 7.0)), template(112).mean(axis=0))


@pytest.mark.filterwarnings("ignore:`estimate` is deprecated:FutureWarning")
@pytest.mark.parametrize("size", [112, 128])
def test_it_is_what_insightface_aligns_with(size):
    from insightface.utils.face_align import estimate_norm

    points = np.array([(310.0, 205.0), (402.0, 214.0), (355.0, 262.0), (318.0, 309.0), (389.0, 318.0)], np.float32)
    assert np.allclose(similarity(points, template(size)), estimate_norm(points, size), atol=1e-3)


def test_the_128_template_is_wider_at_the_same_scale_and_others_show_the_same():
    assert np.allclose(template(128) - template(112), (8, 0))
    assert np.allclose(template(256), 2 * template(128))
