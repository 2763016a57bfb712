"""A paste against a reference in floating point: bilinear at each sample's own place, rounded once."""

from __future__ import annotations

import av
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hybridface_worker.contract.media import Colour
from hybridface_worker.picture.affine import apply, invert
from hybridface_worker.picture.crop import crop
from hybridface_worker.picture.paste import paste
from hybridface_worker.picture.picture import Picture
from support.analytic import FORMATS, bilinear, positions

SIZE = 48


@st.composite
def pictures(draw):
    """Noise in any layout, of any size from one sample on."""
    colour = Colour(
        full_range=draw(st.sampled_from([None, False, True])),
        matrix=draw(st.sampled_from([1, 6, 8, 9])),
        chroma_location=draw(st.integers(0, 6)),
    )
    width, height = draw(st.integers(1, 90)), draw(st.integers(1, 60))
    picture = Picture.of_frame(av.VideoFrame(width, height, draw(st.sampled_from([*FORMATS, "yuv440p"]))), colour)
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    for component in picture.components:
        component[...] = random.integers(0, picture.layout.top + 1, component.shape)
    return picture


@st.composite
def places(draw, least_scale):
    """Where a crop lies: within the picture, over its edges or beside it."""
    angle, scale = draw(st.floats(-np.pi, np.pi)), draw(st.floats(least_scale, 4))
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    linear = np.array([(cos, -sin), (sin, cos)])
    middle = np.array([draw(st.floats(-60, 150)), draw(st.floats(-60, 120))])
    return np.column_stack([linear, middle - linear @ (SIZE / 2, SIZE / 2)])


@st.composite
def masks(draw):
    """Noise in a rectangle, up to the crop's border; some of it nothing."""
    edges = st.integers(0, SIZE)
    (top, bottom), (left, right) = sorted([draw(edges), draw(edges)]), sorted([draw(edges), draw(edges)])
    mask = np.zeros((SIZE, SIZE), np.float32)
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    mask[top:bottom, left:right] = np.clip(random.uniform(-0.5, 1.5, (bottom - top, right - left)), 0, 1)
    return mask


def _swapped(before):
    """Differs in every pixel."""
    return before + np.random.default_rng(9).integers(1, 256, before.shape).astype(np.uint8)


def _in_crop(shape, grid, affine):
    x, y = positions(shape, grid)
    inside = apply(invert(affine), np.stack([x.ravel(), y.ravel()], axis=1))
    return inside[:, 0].reshape(shape), inside[:, 1].reshape(shape)


@given(picture=pictures(), place=places(least_scale=2.0), mask=masks(), ratio=st.floats(0.01, 1))
def test_every_sample_is_that_of_the_reference_and_beside_the_mask_the_old_one(picture, place, mask, ratio):
    """Crops whose pixels lie at least as far apart as the samples of the coarsest component."""
    before = crop(picture, place, SIZE)
    after, old = _swapped(before), [component.copy() for component in picture.components]
    codes, weight = picture.layout.codes(after), mask * np.float32(ratio)
    wrote = paste(picture, place, before, after, mask, ratio)
    for i, (component, grid) in enumerate(zip(picture.components, picture.layout.grids, strict=True)):
        u, v = _in_crop(component.shape, grid, place)
        reaches = bilinear(weight, u, v, 0.0)
        expected = old[i] * (1 - reaches) + bilinear(codes[i] * weight, u, v, 0.0)
        assert np.abs(component - expected).max() <= 0.51 + picture.layout.top * 1e-4
        assert np.array_equal(component[reaches == 0], old[i][reaches == 0])
        assert wrote or np.array_equal(component, old[i])


@given(picture=pictures(), place=places(least_scale=0.25), mask=masks())
def test_nothing_is_written_beside_the_mask_however_small_the_face(picture, place, mask):
    """Where samples lie further apart than the crop's pixels, each takes a mean: that reaches two samples further."""
    before = crop(picture, place, SIZE)
    old = [component.copy() for component in picture.components]
    paste(picture, place, before, _swapped(before), mask)
    rows, columns = np.nonzero(mask)
    for component, grid, samples in zip(picture.components, picture.layout.grids, old, strict=True):
        u, v = _in_crop(component.shape, grid, place)
        spacing = np.sqrt(grid.step_x * grid.step_y / np.linalg.det(place[:, :2]))
        reach = 2 * spacing if spacing >= 2 else 1
        beside = np.ones(component.shape, bool)
        if len(rows):
            near_u = (u > columns.min() - reach) & (u < columns.max() + reach)
            beside = ~(near_u & (v > rows.min() - reach) & (v < rows.max() + reach))
        assert np.array_equal(component[beside], samples[beside])


@given(picture=pictures(), place=places(least_scale=0.1), mask=masks())
def test_an_unchanged_crop_writes_nothing(picture, place, mask):
    before = crop(picture, place, SIZE)
    old = [component.copy() for component in picture.components]
    assert not paste(picture, place, before, before.copy(), mask)
    assert all(np.array_equal(a, b) for a, b in zip(picture.components, old, strict=True))
