from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridface_worker.contract.media import Colour
from hybridface_worker.picture.affine import apply, invert
from hybridface_worker.picture.crop import crop
from hybridface_worker.picture.mask import box_mask, changed, near
from hybridface_worker.picture.paste import paste
from hybridface_worker.picture.picture import Picture
from support.analytic import FORMATS, bilinear, painted, positions, sampled

SIZE = 64


def _place(angle=0.35, scale=1.7, x=70.3, y=11.6):
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([(cos, -sin, x), (sin, cos, y)])


def _copies(picture):
    return [component.copy() for component in picture.components]


def _same(picture, before):
    return all(np.array_equal(a, b) for a, b in zip(picture.components, before, strict=True))


def _other(before):
    """A smooth crop that differs everywhere."""
    row, column = np.indices(before.shape[:2])
    waves = [90 + 60 * np.sin(column / 9 + k) + 60 * np.cos(row / 11 - k) for k in range(3)]
    return np.where(before == (swapped := np.clip(np.stack(waves, -1), 0, 250).astype(np.uint8)), swapped + 3, swapped)


def _in_crop(component, grid, affine):
    x, y = positions(component.shape, grid)
    inside = apply(invert(affine), np.stack([x.ravel(), y.ravel()], axis=1))
    return inside[:, 0].reshape(x.shape), inside[:, 1].reshape(x.shape)


@pytest.mark.parametrize("name", FORMATS)
def test_a_crop_that_comes_back_equal_writes_nothing(name):
    picture = painted(name, 322, 183, Colour())
    before, samples = crop(picture, _place(), SIZE), _copies(picture)
    assert not paste(picture, _place(), before, before.copy(), box_mask(SIZE))
    assert _same(picture, samples)


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("name", FORMATS)
def test_each_component_gets_what_a_reference_in_floating_point_gives(name, full_range):
    """Bilinear interpolation of crop and mask at each sample's own place, rounded once: half a code, and float32."""
    picture = painted(name, 322, 183, Colour(full_range=full_range, matrix=1, chroma_location=1))
    affine, mask = _place(), box_mask(SIZE)
    before = crop(picture, affine, SIZE)
    after, samples = _other(before), _copies(picture)
    codes = picture.layout.codes(after)
    assert paste(picture, affine, before, after, mask, 0.75)
    for i, (component, grid) in enumerate(zip(picture.components, picture.layout.grids, strict=True)):
        u, v = _in_crop(component, grid, affine)
        weight = bilinear(0.75 * mask, u, v, 0.0)
        expected = samples[i] * (1 - weight) + bilinear(0.75 * mask * codes[i], u, v, 0.0)
        assert np.abs(component - expected).max() <= 0.51 + picture.layout.top * 1e-4
        assert (component != samples[i]).any()


@given(
    angle=st.floats(-np.pi, np.pi),
    scale=st.floats(0.3, 4),
    x=st.floats(-150, 350),
    y=st.floats(-150, 250),
    name=st.sampled_from(["yuv420p", "nv12", "yuv422p10le", "gbrp"]),
)
def test_only_samples_under_the_mask_change_wherever_the_face_lies(angle, scale, x, y, name):
    picture = painted(name, 160, 90, Colour(matrix=1))
    affine, mask = _place(angle, scale, x, y), box_mask(SIZE)
    before = crop(picture, affine, SIZE)
    after, samples = _other(before), _copies(picture)
    paste(picture, affine, before, after, mask)
    for component, grid, old in zip(picture.components, picture.layout.grids, samples, strict=True):
        u, v = _in_crop(component, grid, affine)
        spacing = max(1, grid.step_x / scale)
        outside = (np.minimum(u, v) < 1 - spacing) | (np.maximum(u, v) > SIZE - 2 + spacing)
        assert np.array_equal(component[outside], old[outside])


@pytest.mark.parametrize("name", ["yuv420p", "yuv420p10le", "nv12", "gbrp10le"])
def test_far_from_what_was_changed_the_pictures_own_samples_stay(name):
    picture = painted(name, 322, 183, Colour())
    affine = _place(0.0)
    before, samples = crop(picture, affine, SIZE), _copies(picture)
    after = before.copy()
    after[24:40, 24:40] ^= np.uint8(255)
    assert paste(picture, affine, before, after, box_mask(SIZE))
    for component, grid, old in zip(picture.components, picture.layout.grids, samples, strict=True):
        u, v = _in_crop(component, grid, affine)
        far = np.maximum(np.abs(u - 31.5), np.abs(v - 31.5)) > 8 + 2 * 2 + 2
        assert np.array_equal(component[far], old[far])
        assert not np.array_equal(component, old)


def test_a_ratio_of_0_writes_nothing_and_of_1_replaces_what_the_mask_covers():
    picture = painted("yuv444p", 322, 183, Colour(full_range=True, matrix=1))
    affine = np.array([(1.0, 0, 100), (0, 1, 50)])
    before = crop(picture, affine, SIZE)
    after, samples = _other(before), _copies(picture)
    assert not paste(picture, affine, before, after, box_mask(SIZE), 0.0)
    assert _same(picture, samples)
    paste(picture, affine, before, after, box_mask(SIZE))
    middle = crop(picture, affine, SIZE)[20:44, 20:44].astype(int)
    assert np.abs(middle - after[20:44, 20:44]).max() <= 2


def test_a_face_far_outside_writes_nothing():
    picture = painted("yuv420p", 160, 90, Colour())
    affine = np.array([(1.0, 0, 900), (0, 1, 900)])
    before, samples = crop(picture, affine, SIZE), _copies(picture)
    assert not paste(picture, affine, before, before ^ np.uint8(255), box_mask(SIZE))
    assert _same(picture, samples)


def test_a_crop_much_finer_than_the_picture_is_averaged():
    """A checkerboard of single samples is grey from afar."""
    picture = Picture.of_image(np.full((80, 80, 3), 50, np.uint8))
    after = np.indices((SIZE, SIZE)).sum(axis=0)[..., None] % 2 * np.full(3, 255)
    affine = np.array([(0.25, 0, 30.13), (0, 0.25, 30.29)])
    paste(picture, affine, np.full((SIZE, SIZE, 3), 50, np.uint8), after.astype(np.uint8), box_mask(SIZE))
    assert np.abs(picture.components[0][36:40, 36:40].astype(int) - 127).max() <= 2


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_images_are_painted_in_place_and_alpha_is_left_alone(dtype, channels):
    image = np.random.default_rng(0).integers(0, 255, (90, 120, channels)).astype(dtype) * dtype(
        np.iinfo(dtype).max // 255
    )
    old, picture = image.copy(), Picture.of_image(image)
    affine = np.array([(0.9, 0.1, 20), (-0.1, 0.9, 15)])
    before = crop(picture, affine, SIZE)
    assert paste(picture, affine, before, before ^ np.uint8(128), box_mask(SIZE))
    colours = 3 if channels >= 3 else 1
    assert (image[..., :colours] != old[..., :colours]).any()
    assert np.array_equal(image[..., colours:], old[..., colours:])


def test_a_pasted_crop_is_found_where_it_was_pasted():
    picture = painted("yuv420p", 322, 183, Colour(matrix=1))
    affine = _place()
    after = _other(before := crop(picture, affine, SIZE))
    paste(picture, affine, before, after, box_mask(SIZE))
    again = crop(picture, affine, SIZE)[16:48, 16:48].astype(int)
    assert np.abs(again - after[16:48, 16:48]).mean() < 3


def test_the_box_covers_the_middle_and_fades_to_nothing_at_the_border():
    mask = box_mask(128)
    assert mask is box_mask(128)
    assert (mask[16:112, 16:112] == 1).all()
    assert mask[:4].max() == mask[:, -4:].max() == 0
    assert (np.diff(mask[64, :64]) >= 0).all()


def test_nothing_is_taken_further_than_three_times_the_points_hull():
    points = np.array([(20.0, 24), (44, 22), (32, 33), (24, 44), (40, 43)])
    middle = points.mean(axis=0)
    hull = cv2.convexHull(((points - middle) * 3 + middle).astype(np.float32))
    mask = near(points, SIZE)
    far = [cv2.pointPolygonTest(hull, (x, y), False) < 0 for y, x in np.ndindex(SIZE, SIZE)]
    assert mask.ravel()[far].max(initial=0) == 0
    assert (mask[20:46, 20:45] == 1).all()


def test_what_changed_is_covered_whole():
    before = np.zeros((64, 64, 3), np.uint8)
    after = before.copy()
    after[10:20, 30:50, 2] = 1
    reach = changed(before, after)
    assert reach is not None
    assert (reach[10:20, 30:50] == 1).all()
    assert reach[30:].max() == 0
    assert changed(before, before) is None


def test_sampled_reference_and_layout_agree():
    picture = painted("yuv420p", 40, 30, Colour())
    flat = sampled(picture, lambda x, y: np.full((*x.shape, 3), 255.0))
    assert [plane[0, 0] for plane in flat] == pytest.approx([235, 128, 128])
