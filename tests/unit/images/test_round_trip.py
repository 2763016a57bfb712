"""An image that is read and written is the same image, as far as its format allows."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import pytest

from hybridface_worker.contract.spec import ImageFormat, Limits
from hybridface_worker.images.probe import probe_image
from hybridface_worker.images.still import read_still, write_still
from support import images

JPEG, PNG, WEBP = ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.WEBP


def read(data, format):
    return read_still(data, probe_image(data, format, Limits()))


def rewritten(data, format):
    return write_still(read(data, format))


@pytest.mark.parametrize("mode", images.MODES["png"])
@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("profile", [b"", images.icc()])
@pytest.mark.parametrize("orientation", [None, *range(1, 9)])
def test_png_keeps_every_sample_profile_and_orientation(mode, depth, profile, orientation):
    pixels = images.noise(mode, depth)
    still = read(images.encode(pixels, PNG, orientation=orientation, profile=profile), PNG)
    assert still.pixels.dtype == pixels.dtype
    assert np.array_equal(still.pixels, pixels)
    again = write_still(still)
    assert np.array_equal(images.samples(again), pixels)
    assert images.opened(again).info.get("icc_profile", b"") == profile
    assert images.opened(again).getexif().get(0x0112) == orientation
    assert probe_image(again, PNG, Limits()) == still.info


@pytest.mark.parametrize("mode", images.MODES["webp"])
@pytest.mark.parametrize("profile", [b"", images.icc()])
@pytest.mark.parametrize("orientation", [None, *range(1, 9)])
def test_lossless_webp_keeps_every_sample_profile_and_orientation(mode, profile, orientation):
    pixels = images.noise(mode)
    if mode == "RGBA":
        pixels[:5, :, 3] = 0
    data = images.encode(pixels, WEBP, orientation=orientation, profile=profile, lossless=True)
    still = read(data, WEBP)
    assert np.array_equal(still.pixels, pixels)
    again = write_still(still)
    assert np.array_equal(images.samples(again), pixels)
    assert images.opened(again).info.get("icc_profile", b"") == profile
    assert images.opened(again).getexif().get(0x0112) == orientation
    assert probe_image(again, WEBP, Limits()) == still.info


@pytest.mark.parametrize("mode", images.MODES["jpeg"])
@pytest.mark.parametrize("profile", [b"", images.icc()])
@pytest.mark.parametrize("orientation", [None, *range(1, 9)])
def test_jpeg_keeps_profile_and_orientation_and_nearly_every_sample(mode, profile, orientation):
    data = images.encode(images.slope(mode), JPEG, orientation=orientation, profile=profile, quality=90)
    still = read(data, JPEG)
    assert np.array_equal(still.pixels, images.samples(data))
    again = write_still(still)
    assert images.psnr(images.samples(again), still.pixels) > 45
    assert images.opened(again).info.get("icc_profile", b"") == profile
    assert images.opened(again).getexif().get(0x0112) == orientation
    assert probe_image(again, JPEG, Limits()) == still.info


@pytest.mark.parametrize("quality", [30, 75, 90, 98])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_is_coded_as_it_was(quality, subsampling, progressive):
    data = images.encode(
        images.face(), JPEG, quality=quality, subsampling=subsampling, progressive=progressive, dpi=(300, 300)
    )
    before, after = images.opened(data), images.opened(rewritten(data, JPEG))
    assert after.quantization == before.quantization
    assert after.layer == before.layer
    assert after.info.get("progressive") == before.info.get("progressive")
    assert after.info["dpi"] == before.info["dpi"]


@pytest.mark.parametrize(("subsampling", "least_db"), [(0, 55), (1, 50), (2, 48)])
def test_coding_a_jpeg_again_costs_little_and_ever_less(subsampling, least_db):
    first = images.encode(images.face(), JPEG, quality=90, subsampling=subsampling)
    second = rewritten(first, JPEG)
    third = rewritten(second, JPEG)
    loss = images.psnr(images.samples(first), images.samples(second))
    assert loss > least_db
    assert images.psnr(images.samples(second), images.samples(third)) > loss


def test_a_jpeg_that_stores_rgb_stays_one():
    data = images.encode(images.face(), JPEG, quality=90, keep_rgb=True, subsampling=0)
    again = rewritten(data, JPEG)
    assert images.opened(again).info["adobe_transform"] == images.opened(data).info["adobe_transform"] == 0
    assert images.psnr(images.samples(again), images.samples(data)) > 50


def test_a_jpeg_with_unusual_chroma_is_written_with_more_of_it():
    import cv2

    sampling = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_440, cv2.IMWRITE_JPEG_QUALITY, 90]
    data = cv2.imencode(".jpg", images.face()[..., ::-1], sampling)[1].tobytes()
    again = rewritten(data, JPEG)
    assert [(h, v) for _, h, v, _ in images.opened(again).layer] == [(1, 1)] * 3
    assert images.psnr(images.samples(again), images.samples(data)) > 45


def test_noise_too_dense_for_a_progressive_encoder_is_written_all_the_same():
    pixels = images.noise(width=600, height=400)
    data = images.encode(pixels, JPEG, qtables=[[1] * 64] * 2, subsampling=0)
    progressive = bytearray(data)
    still = read(bytes(progressive), JPEG)
    frame = replace(still.parts.frame, progressive=True)
    again = replace(still, parts=replace(still.parts, frame=frame))
    assert np.array_equal(images.samples(write_still(again)), images.samples(write_still(still)))


@pytest.mark.parametrize("mode", images.MODES["webp"])
def test_lossy_webp_is_written_with_little_loss_and_exact_alpha(mode):
    pixels = images.face(mode)
    data = images.encode(pixels, WEBP, quality=80)
    again = rewritten(data, WEBP)
    assert not probe_image(again, WEBP, Limits()).lossless
    assert images.psnr(images.samples(again)[..., :3], images.samples(data)[..., :3]) > 36
    assert np.array_equal(images.samples(again)[..., 3:], images.samples(data)[..., 3:])


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
@pytest.mark.parametrize("alpha", [False, True])
def test_a_palette_becomes_its_colours(depth, alpha):
    rng = np.random.default_rng(depth)
    palette, transparency = rng.integers(0, 256, (2**depth, 3), np.uint8), rng.integers(0, 256, 2**depth, np.uint8)
    indices = images.noise("L", depth)
    before = images.chunk(b"PLTE", palette.tobytes()) + (
        images.chunk(b"tRNS", transparency.tobytes()) if alpha else b""
    )
    expected = np.dstack([palette[indices[..., 0]], transparency[indices[..., 0]]])[..., : 4 if alpha else 3]
    data = images.raw_png(indices, 3, depth, before=before)
    assert np.array_equal(read(data, PNG).pixels, expected)
    assert np.array_equal(images.samples(rewritten(data, PNG)), expected)


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("depth", [8, 16])
def test_a_transparent_colour_becomes_alpha(mode, depth):
    pixels = images.noise(mode, depth)
    key = pixels[3, 4].astype(">u2").tobytes()
    data = images.raw_png(pixels, images.COLOUR_TYPES[mode], depth, before=images.chunk(b"tRNS", key))
    transparent = np.all(pixels == pixels[3, 4], axis=2)
    expected = np.dstack([pixels, np.where(transparent, 0, 2**depth - 1).astype(pixels.dtype)])
    assert np.array_equal(read(data, PNG).pixels, expected)
    assert np.array_equal(images.samples(rewritten(data, PNG)), expected)


@pytest.mark.parametrize("depth", [2, 4])
@pytest.mark.parametrize("key", [None, 1])
def test_grey_of_few_bits_is_spread_over_eight(depth, key):
    pixels = images.noise("L", depth)
    before = b"" if key is None else images.chunk(b"tRNS", key.to_bytes(2))
    still = read(images.raw_png(pixels, 0, depth, before=before), PNG)
    assert np.array_equal(still.pixels[..., :1], pixels * (255 // (2**depth - 1)))
    assert still.pixels.shape[2] == (1 if key is None else 2)
    assert key is None or np.array_equal(still.pixels[..., 1] == 0, pixels[..., 0] == key)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 9), (9, 1), (3, 5), (33, 17)])
def test_an_interlaced_png_is_read(width, height):
    pixels = images.noise(width=width, height=height)
    data = images.raw_png(pixels, 2, 8)
    header, body = data[16:28] + b"\1", zlib.compress(_adam7(pixels))
    interlaced = data[:8] + images.chunk(b"IHDR", header) + images.chunk(b"IDAT", body) + data[-12:]
    assert np.array_equal(read(interlaced, PNG).pixels, pixels)
    assert np.array_equal(images.samples(rewritten(interlaced, PNG)), pixels)


@pytest.mark.parametrize("format", list(ImageFormat))
def test_the_same_image_gives_the_same_bytes(format):
    data = images.face_still(format, orientation=6, with_profile=True)
    assert rewritten(data, format) == rewritten(data, format)


@pytest.mark.parametrize("format", list(ImageFormat))
def test_pixels_are_writable_and_written(format):
    still = read(images.encode(images.slope(), format, lossless=True), format)
    painted = replace(still, pixels=still.pixels.copy())
    painted.pixels[8:24, 8:24] = 200
    shown = images.samples(write_still(painted))
    assert np.abs(shown[12:20, 12:20].astype(int) - 200).max() <= 6
    still.pixels[:] = 0


def test_stored_pixels_turned_by_the_tag_show_the_picture_upright():
    from PIL import ImageOps

    upright = images.face()
    for orientation in range(1, 9):
        data = rewritten(images.face_still(PNG, orientation=orientation), PNG)
        assert np.array_equal(np.asarray(ImageOps.exif_transpose(images.opened(data))), upright)


def _adam7(pixels):
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = b""
    for left, top, across, down in passes:
        for row in pixels[top::down, left::across]:
            rows += b"\0" + row.tobytes() if row.size else b""
    return rows
