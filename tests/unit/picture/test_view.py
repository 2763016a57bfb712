from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from hybridface_worker.contract.media import Colour, ImageInfo
from hybridface_worker.contract.spec import ImageFormat
from hybridface_worker.picture.affine import IDENTITY, apply, compose, invert
from hybridface_worker.picture.orientation import of_matrix, upright, upright_from_stored
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View
from support.analytic import painted
from support.faces import group
from support.images import noise

ORIENTATIONS = range(1, 9)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_coordinates_turn_as_the_picture_does(orientation):
    stored = np.arange(7 * 5).reshape(5, 7)
    view = View(7, 5, orientation=orientation)
    turned = upright(stored, orientation)
    assert view.size == turned.shape[::-1]
    for y, x in np.ndindex(5, 7):
        ((u, v),) = apply(view.from_stored(), np.array([(x, y)], float))
        assert turned[round(v), round(u)] == stored[y, x]


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_orientations_are_those_of_exif(orientation):
    from PIL import Image, ImageOps

    stored = np.arange(7 * 5, dtype=np.uint8).reshape(5, 7)
    image = Image.fromarray(stored)
    image.getexif()[0x0112] = orientation
    assert np.array_equal(upright(stored, orientation), np.asarray(ImageOps.exif_transpose(image)))


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_display_matrix_is_the_orientation_that_it_makes(orientation):
    (a, c, x), (b, d, y) = np.rint(upright_from_stored(orientation, 320, 240)).astype(int) * 65536
    assert of_matrix((a, b, 0, c, d, 0, x, y, 1 << 30)) == orientation


def test_a_picture_without_a_display_matrix_is_upright_as_it_is_stored():
    assert of_matrix(None) == 1


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("aspect", [Fraction(1), Fraction(4, 3), Fraction(10, 11)])
def test_the_map_back_is_the_inverse(orientation, aspect):
    view = View(320, 240, aspect, orientation)
    assert np.allclose(compose(view.stored_from(IDENTITY), view.from_stored()), IDENTITY, atol=1e-9)
    other = np.array([(0.3, -0.1, 20.0), (0.1, 0.3, -7.0)])
    assert np.allclose(view.stored_from(other), compose(invert(view.from_stored()), invert(other)))


def test_oblong_samples_are_square_in_the_view():
    view = View(360, 288, Fraction(16, 11))
    assert view.size == pytest.approx((360 * 16 / 11, 288))
    corners = apply(view.from_stored(), np.array([(-0.5, -0.5), (359.5, 287.5)]))
    assert np.allclose(corners, [(-0.5, -0.5), (360 * 16 / 11 - 0.5, 287.5)])


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (853, 479), (1281, 721), (4096, 2160), (641, 10)])
def test_a_thumbnail_is_at_most_640_and_keeps_its_proportions(size):
    width, height = size
    pixels, scale = View(width, height).thumbnail(av.VideoFrame(width, height, "yuv420p"))
    assert 576 <= max(pixels.shape) <= 640
    assert pixels.shape[1] == pytest.approx(width * scale, abs=0.1)
    assert pixels.shape[0] == pytest.approx(height * scale, abs=0.1)


def test_a_small_picture_is_not_enlarged():
    pixels, scale = View(320, 240).thumbnail(av.VideoFrame(320, 240, "yuv420p"))
    assert (pixels.shape, scale) == ((240, 320, 3), 1.0)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("aspect", [Fraction(1), Fraction(3, 2)])
def test_what_is_at_a_place_of_the_thumbnail_is_there_in_the_picture(orientation, aspect):
    width, height = 900, 700
    image = np.zeros((height, width), np.uint8)
    spot = np.array([(650.0, 180.0)])
    image[140:221, 610:691] = 255
    view = View(width, height, aspect, orientation)
    pixels, scale = view.thumbnail_of(Picture.of_image(image))
    moments = cv2.moments(pixels[..., 0])
    seen = np.array([moments["m10"], moments["m01"]]) / moments["m00"]
    (expected,) = (apply(view.from_stored(), spot) + 0.5) * scale - 0.5
    assert np.allclose(seen, expected, atol=0.3)


@pytest.mark.parametrize("name", ["yuv420p", "yuv420p10le", "nv12", "yuvj420p", "gbrp", "gray"])
@pytest.mark.parametrize("height", [480, 726])
def test_thumbnails_of_frames_show_the_colours_that_players_show(name, height):
    """The wrong matrix would be off by 5 on average; swscale's arithmetic is by 2.6."""
    full_range = name in {"gbrp", "gray"} or None
    picture = painted(name, 968, height, Colour(full_range=full_range))
    frame = av.VideoFrame(968, height, name)
    own = Picture.of_frame(frame, Colour())
    for ours, theirs in zip(own.components, picture.components, strict=True):
        ours[...] = theirs
    view = View(968, height)
    (found, scale), (expected, same) = view.thumbnail(frame), view.thumbnail_of(picture)
    assert scale == same
    assert np.abs(found.astype(int) - expected)[4:-4, 4:-4].mean() < 3


def test_the_view_of_an_image_is_upright():
    info = ImageInfo(format=ImageFormat.JPEG, width=1280, height=886, mode="RGB", bit_depth=8, orientation=6)
    pixels, _ = View.of_image(info).thumbnail_of(Picture.of_image(group()))
    assert pixels.shape[0] > pixels.shape[1]


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1280, 640), (2560, 1920), (1001, 699), (320, 240)])
def test_components_in_one_array_make_the_thumbnail_that_they_make_apart(size, mode, depth):
    width, height = size
    picture, view = Picture.of_image(noise(mode, depth, width=width, height=height)), View(width, height)
    together, _ = view.thumbnail_of(picture)
    apart, _ = view.thumbnail_of(replace(picture, interleaved=None))
    np.testing.assert_array_equal(together, apart)
