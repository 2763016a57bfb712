from __future__ import annotations

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from hypothesis import given
from hypothesis import strategies as st

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.picture import matrix
from hybridface_worker.picture.formats import pixel_format
from hybridface_worker.picture.layout import layout_of
from support.analytic import FORMATS


@given(
    name=st.sampled_from(FORMATS), code=st.sampled_from([1, 2, 4, 5, 6, 7, 8, 9]), full=st.sampled_from([None, 0, 1])
)
def test_codes_and_back_are_the_same_colours(name, code, full):
    layout = layout_of(pixel_format(name), 720, full_range=None if full is None else bool(full), matrix_code=code)
    rgb = np.random.default_rng(1).integers(0, 256, (9, 7, 3), np.uint8)
    back = layout.rgb(np.stack(layout.codes(rgb), axis=-1))
    if len(layout.grids) == 3:
        assert np.abs(back.astype(int) - rgb).max() <= 1
    else:
        assert (back == back[..., :1]).all()


@pytest.mark.parametrize(
    ("full_range", "white", "black", "neutral"), [(False, 235, 16, 128), (True, 255, 0, 128)], ids=["limited", "full"]
)
@pytest.mark.parametrize(("name", "unit"), [("yuv420p", 1), ("yuv420p10le", 4), ("yuv420p12le", 16)])
def test_white_and_black_have_the_codes_of_the_standard(name, unit, full_range, white, black, neutral):
    layout = layout_of(pixel_format(name), 720, full_range=full_range, matrix_code=1)
    top = unit * 256 - 1 if full_range else white * unit
    assert [plane[0, 0] for plane in layout.codes(np.full((1, 1, 3), 255, np.uint8))] == pytest.approx(
        [top, neutral * unit, neutral * unit], abs=1e-3
    )
    assert [plane[0, 0] for plane in layout.codes(np.zeros((1, 1, 3), np.uint8))] == pytest.approx(
        [black * unit, neutral * unit, neutral * unit], abs=1e-3
    )


@pytest.mark.parametrize(("code", "space"), [(1, Colorspace.ITU709), (6, Colorspace.ITU601), (9, Colorspace.BT2020)])
@pytest.mark.parametrize(("full_range", "tag"), [(False, ColorRange.MPEG), (True, ColorRange.JPEG)])
def test_colours_are_those_that_swscale_makes(code, space, full_range, tag):
    layout = layout_of(pixel_format("yuv444p"), 720, full_range=full_range, matrix_code=code)
    codes = np.random.default_rng(2).integers(100, 156, (8, 16, 3)).astype(np.uint8)
    frame = av.VideoFrame(16, 8, "yuv444p")
    for plane, values in zip(frame.planes, np.moveaxis(codes, -1, 0), strict=True):
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
        rows[:, :16] = values
    exact = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
    theirs = VideoReformatter().reformat(
        frame, format="rgb24", src_colorspace=space, dst_colorspace=space, src_color_range=tag,
        dst_color_range=ColorRange.JPEG, interpolation=exact,
    )  # fmt: skip
    assert np.abs(theirs.to_ndarray().astype(int) - layout.rgb(codes)).max() <= 2


@pytest.mark.parametrize(("height", "code"), [(480, 6), (576, 6), (720, 1), (2160, 1)])
def test_an_untagged_matrix_is_what_players_assume(height, code):
    assert matrix.guess(2, height) == code
    assert matrix.guess(9, height) == 9


@pytest.mark.parametrize("code", [3, 10, 13, 14, 15])
def test_a_matrix_that_is_not_linear_is_refused(code):
    with pytest.raises(InputRefused, match=f"matrix coefficients {code}") as refused:
        layout_of(pixel_format("yuv420p"), 720, matrix_code=code)
    assert refused.value.reason == Reason.PIXEL_FORMAT_NOT_SUPPORTED


@pytest.mark.parametrize("name", ["yuva420p", "rgb24", "yuv420p10be", "pal8", "yuv410p", "p010le", "bayer_rggb8"])
def test_a_pixel_format_that_is_not_worked_is_refused_by_name(name):
    with pytest.raises(InputRefused, match=f"pixel format {name} is not supported"):
        pixel_format(name)


@pytest.mark.parametrize(
    ("name", "location", "x", "y"),
    [
        ("yuv420p", 0, 0.0, 0.5),
        ("yuv420p", 1, 0.0, 0.5),
        ("yuv420p", 2, 0.5, 0.5),
        ("yuv420p", 3, 0.0, 0.0),
        ("yuv420p", 5, 0.0, 1.0),
        ("yuvj420p", 0, 0.5, 0.5),
        ("yuv422p", 0, 0.0, 0.0),
        ("yuv444p", 2, 0.0, 0.0),
    ],
)
def test_chroma_lies_where_its_location_says(name, location, x, y):
    chroma = layout_of(pixel_format(name), 720, chroma_location=location).grids[1]
    assert (chroma.x, chroma.y) == (x, y)
