from __future__ import annotations

import av
import numpy as np
import pytest

from hybridface_worker.contract.media import Colour
from hybridface_worker.picture.crop import crop
from hybridface_worker.picture.mask import box_mask
from hybridface_worker.picture.paste import paste
from hybridface_worker.picture.picture import Picture
from support.analytic import FORMATS

PLACE = np.array([(0.9, -0.2, -3.0), (0.2, 0.9, -4.0)])


def _rows(frame):
    """Every byte of every plane, [rows, bytes in a line]."""
    return [np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size) for plane in frame.planes]


def _frame(name, width, height):
    frame = av.VideoFrame(width, height, name)
    for rows in _rows(frame):
        rows[...] = 0
    return frame


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("yuv420p", [(5, 7), (3, 4), (3, 4)]),
        ("nv12", [(5, 7), (3, 4), (3, 4)]),
        ("yuv422p10le", [(5, 7), (5, 4), (5, 4)]),
        ("yuv440p", [(5, 7), (3, 7), (3, 7)]),
        ("yuv444p12le", [(5, 7)] * 3),
        ("gbrp", [(5, 7)] * 3),
        ("gray10le", [(5, 7)]),
    ],
)
def test_components_of_odd_sizes_are_whole(name, shapes):
    picture = Picture.of_frame(av.VideoFrame(7, 5, name), Colour())
    assert [component.shape for component in picture.components] == shapes
    assert picture.size == (7, 5)


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_written_is_in_the_frame_and_its_rows_padding_stays(name):
    frame = _frame(name, 37, 23)
    picture = Picture.of_frame(frame, Colour())
    for component in picture.components:
        component[...] = picture.layout.top
    written = sum(int(np.count_nonzero(rows)) for rows in _rows(frame))
    assert written == sum(component.nbytes for component in picture.components)


@pytest.mark.parametrize("name", FORMATS)
def test_a_paste_over_the_whole_picture_leaves_its_rows_padding(name):
    frame = _frame(name, 37, 23)
    picture = Picture.of_frame(frame, Colour())
    inside = [np.zeros_like(rows) for rows in _rows(frame)]
    for component in picture.components:
        component[...] = picture.layout.top
    for marked, rows in zip(inside, _rows(frame), strict=True):
        marked[...] = rows
        rows[...] = np.random.default_rng(5).integers(0, 2, rows.shape, np.uint8)
    before = [rows.copy() for rows in _rows(frame)]
    taken = crop(picture, PLACE, 64)
    assert paste(picture, PLACE, taken, taken ^ np.uint8(128), box_mask(64))
    for marked, rows, old in zip(inside, _rows(frame), before, strict=True):
        assert (rows != old).any()
        assert np.array_equal(rows[marked == 0], old[marked == 0])


def test_planar_rgb_is_in_the_order_of_images():
    frame = _frame("gbrp", 8, 4)
    for value, component in zip((1, 2, 3), Picture.of_frame(frame, Colour()).components, strict=True):
        component[...] = value
    assert frame.to_ndarray(format="rgb24")[0, 0].tolist() == [1, 2, 3]


@pytest.mark.parametrize(("shape", "components"), [((4, 6), 1), ((4, 6, 2), 1), ((4, 6, 3), 3), ((4, 6, 4), 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_an_images_components_are_its_own_samples_without_alpha(shape, components, dtype):
    image = np.arange(np.prod(shape)).astype(dtype).reshape(shape)
    picture = Picture.of_image(image)
    assert len(picture.components) == components
    assert all(np.shares_memory(component, image) for component in picture.components)
    assert picture.layout.depth == 8 * image.itemsize
    assert picture.size == (6, 4)
