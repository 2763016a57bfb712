"""A picture of one colour is that colour in every layout, wherever it is cropped."""

from __future__ import annotations

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridface_worker.contract.media import Colour
from hybridface_worker.picture.crop import crop
from hybridface_worker.picture.picture import Picture
from support.analytic import FORMATS

MORE_FORMATS = [
    "yuv440p",
    "yuv422p12le",
    "gray12le",
    "gbrp12le",
    "yuv420p9le",
    "yuv444p14le",
    "yuv420p16le",
    "gray16le",
]
SIZE = 24

PLACES = st.builds(
    lambda angle, scale, x, y: np.array(
        [(scale * np.cos(angle), -scale * np.sin(angle), x), (scale * np.sin(angle), scale * np.cos(angle), y)]
    ),
    st.floats(-np.pi, np.pi),
    st.floats(0.2, 5),
    st.floats(-200, 200),
    st.floats(-200, 200),
)
COLOURS = st.tuples(*[st.integers(0, 255)] * 3)


def _codes(picture, rgb):
    """The exact code of each component."""
    return [plane[0, 0] for plane in picture.layout.codes(np.full((1, 1, 3), rgb, np.uint8))]


def _assert_flat(picture, place, rgb):
    exact = _codes(picture, rgb)
    for component, code in zip(picture.components, exact, strict=True):
        component[...] = np.rint(code)
    found = crop(picture, place, SIZE)
    assert (found == found[0, 0]).all()
    one = 2.0 ** (picture.layout.depth - 8)
    assert np.abs(np.subtract(_codes(picture, found[0, 0]), exact)).max() <= one


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("name", FORMATS + MORE_FORMATS)
@settings(max_examples=15)
@given(place=PLACES, rgb=COLOURS, matrix=st.sampled_from([1, 2, 4, 5, 6, 7, 8, 9]))
def test_a_crop_of_a_flat_frame_is_within_one_code_value(name, full_range, place, rgb, matrix):
    frame = av.VideoFrame(67, 43, name)
    _assert_flat(Picture.of_frame(frame, Colour(full_range=full_range, matrix=matrix)), place, rgb)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@settings(max_examples=15)
@given(place=PLACES, rgb=COLOURS)
def test_a_crop_of_a_flat_image_is_within_one_code_value(dtype, channels, place, rgb):
    _assert_flat(Picture.of_image(np.zeros((43, 67, channels), dtype)), place, rgb)
