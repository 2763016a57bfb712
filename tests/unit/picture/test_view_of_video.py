from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from hybridface_worker.contract.media import Colour
from hybridface_worker.picture.affine import apply
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View
from support.plans import video_info

WIDTH, HEIGHT = 900, 700
SPOT = np.array([(650.0, 180.0)])


ONE = 65536
TURNED = {0: None, 90: (0, ONE, -ONE, 0), 180: (-ONE, 0, 0, -ONE), 270: (0, -ONE, ONE, 0)}
"""Display matrices: a, b, c, d."""


def _view(rotation, aspect):
    turn = TURNED[rotation]
    matrix = turn and (*turn[:2], 0, *turn[2:], 0, 0, 0, 1 << 30)
    changed = {"width": WIDTH, "height": HEIGHT, "display_matrix": matrix, "sample_aspect_ratio": aspect}
    return View.of_video(video_info(1).model_copy(update=changed))


def _frame():
    """Black with a white square around SPOT."""
    frame = av.VideoFrame(WIDTH, HEIGHT, "gray")
    (luma,) = Picture.of_frame(frame, Colour()).components
    luma[...] = 0
    luma[140:221, 610:691] = 255
    return frame


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("aspect", [Fraction(1), Fraction(3, 2), Fraction(10, 11)])
def test_a_frames_thumbnail_shows_each_place_where_the_view_says(rotation, aspect):
    view = _view(rotation, aspect)
    pixels, scale = view.thumbnail(_frame())
    assert pixels.shape[1] == pytest.approx(view.size[0] * scale, abs=0.1)
    moments = cv2.moments(pixels[..., 0])
    seen = np.array([moments["m10"], moments["m01"]]) / moments["m00"]
    (expected,) = (apply(view.from_stored(), SPOT) + 0.5) * scale - 0.5
    assert np.allclose(seen, expected, atol=0.3)


@pytest.mark.parametrize(
    ("rotation", "upright"),
    [
        (0, (650, 180)),
        (90, (HEIGHT - 1 - 180, 650)),
        (180, (WIDTH - 1 - 650, HEIGHT - 1 - 180)),
        (270, (180, WIDTH - 1 - 650)),
    ],
)
def test_a_rotation_is_that_of_a_player_which_turns_clockwise(rotation, upright):
    assert np.allclose(apply(_view(rotation, Fraction(1)).from_stored(), SPOT), [upright])


def test_an_aspect_ratio_that_says_nothing_is_of_square_samples():
    assert _view(0, Fraction(0)).size == (WIDTH, HEIGHT)


def test_a_thumbnail_is_the_callers_own():
    view, frame = _view(180, Fraction(1)), _frame()
    pixels, _ = view.thumbnail(frame)
    kept = pixels.copy()
    view.thumbnail(_frame())
    assert pixels.flags.c_contiguous
    assert np.array_equal(pixels, kept)
