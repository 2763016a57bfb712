from __future__ import annotations

import cv2
import numpy as np
import pytest

from hybridface_worker.contract.media import Colour
from hybridface_worker.picture.crop import crop, mean_crop
from hybridface_worker.picture.picture import Picture
from support.analytic import FORMATS, colours, painted
from support.faces import group

TURNED = np.array([(1.3, -0.45, 70.3), (0.45, 1.3, 11.6)])


def _seen(affine, size):
    row, column = np.indices((size, size))
    x, y = (affine[i, 0] * column + affine[i, 1] * row + affine[i, 2] for i in (0, 1))
    return colours(x, y)


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("name", FORMATS)
def test_a_crop_shows_what_the_picture_shows_there(name, full_range):
    """Half a sample of misplaced chroma would be off by twice as much."""
    picture = painted(name, 322, 183, Colour(full_range=full_range, matrix=1))
    found = crop(picture, TURNED, 96).astype(float)
    expected = _seen(TURNED, 96)
    if len(picture.components) == 1:
        expected = np.repeat(expected @ [[0.2126], [0.7152], [0.0722]], 3, axis=2)
        assert np.abs(found - expected).max() < 2
    else:
        assert np.abs(found - expected).max() < 4


@pytest.mark.parametrize("location", [1, 2, 3, 4, 5, 6])
def test_chroma_is_taken_from_where_it_lies(location):
    picture = painted("yuv420p", 322, 182, Colour(full_range=True, matrix=1, chroma_location=location))
    assert np.abs(crop(picture, TURNED, 96) - _seen(TURNED, 96)).max() < 4


def test_of_an_image_it_is_what_insightface_takes():
    affine = np.array([(0.52, 0.19, 219.4), (-0.19, 0.51, 172.4)])
    theirs = cv2.warpAffine(group(), affine, (112, 112), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    assert np.abs(crop(Picture.of_image(group()), affine, 112).astype(int) - theirs).max() <= 1


def test_of_an_image_of_16_bit_it_is_that_of_8():
    image = group()
    affine = np.array([(0.5, 0.2, 219.4), (-0.2, 0.5, 172.4)])
    deep = crop(Picture.of_image(image.astype(np.uint16) * 257), affine, 128)
    assert np.abs(deep.astype(int) - crop(Picture.of_image(image), affine, 128)).max() <= 1


def test_beyond_the_edge_the_picture_is_mirrored():
    image = np.tile(np.arange(0, 200, 2, dtype=np.uint8)[None, :, None], (80, 1, 3))
    found = crop(Picture.of_image(image), np.array([(1.0, 0, -20), (0, 1, -10)]), 64)
    assert found[30, :20, 0].tolist() == image[0, 20:0:-1, 0].tolist()
    assert found[30, 20:, 0].tolist() == image[0, :44, 0].tolist()


@pytest.mark.parametrize("name", ["yuv420p", "nv12", "gray10le"])
def test_a_place_far_outside_still_gives_a_crop(name):
    picture = painted(name, 64, 48, Colour())
    assert crop(picture, np.array([(1.0, 0, 5000), (0, 1, -3000)]), 32).shape == (32, 32, 3)


def test_grey_images_and_alpha():
    grey = np.arange(0, 240, 4, dtype=np.uint8).repeat(60).reshape(60, 60)
    affine = np.array([(1.0, 0, 5), (0, 1, 5)])
    plain = crop(Picture.of_image(grey), affine, 32)
    assert (plain == grey[5:37, 5:37, None]).all()
    assert (crop(Picture.of_image(np.dstack([grey, grey * 0])), affine, 32) == plain).all()


SMALLER = np.array([(4.6, -1.1, 210.0), (1.1, 4.6, 150.0)])


def test_means_show_what_the_picture_shows_there():
    """Half a sample of shift would be off by twice as much."""
    column, row = np.meshgrid(np.arange(900), np.arange(800))
    picture = Picture.of_image(colours(column / 6, row / 6).round().astype(np.uint8))
    scaled = SMALLER / 6
    assert np.abs(mean_crop(picture, SMALLER, 96) - _seen(scaled, 96)).max() < 3


def test_means_have_no_grain():
    """Noise of neighbours that do not know of each other falls by the root of their number."""
    noise = np.random.default_rng(0).normal(128, 24, (900, 900, 3)).clip(0, 255).astype(np.uint8)
    picture = Picture.of_image(noise)
    assert crop(picture, SMALLER, 96).std() > 12
    assert mean_crop(picture, SMALLER, 96).std() < 24 / 4


def test_where_samples_lie_no_closer_means_are_the_samples():
    picture = Picture.of_image(group())
    near = np.array([(1.3, -0.45, 400.3), (0.45, 1.3, 300.6)])
    assert np.array_equal(mean_crop(picture, near, 96), crop(picture, near, 96))
