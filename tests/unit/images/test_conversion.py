"""Writing an image in another format: what is carried over, what is said, what is refused."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import ImageFormat, Limits
from hybridface_worker.images.probe import probe_image
from hybridface_worker.images.still import read_still, write_notes, write_still
from support import images

JPEG, PNG, WEBP = ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.WEBP
PAIRS = [(source, target) for source in ImageFormat for target in ImageFormat if source is not target]


def read(data, format):
    return read_still(data, probe_image(data, format, Limits()))


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_profile_exif_and_xmp_are_handed_on(source, target):
    data = images.encode(
        images.face(), source, orientation=8, profile=images.icc(), **({} if source is PNG else {"xmp": images.XMP})
    )
    still = read(data, source)
    converted = images.opened(write_still(still, target))
    assert converted.format == target.name
    assert converted.info["icc_profile"] == images.icc()
    assert converted.getexif()[0x0112] == 8
    assert source is PNG or converted.info["xmp"] == images.XMP
    assert write_notes(still, target) == ()


@pytest.mark.parametrize("mode", images.MODES["png"])
def test_a_png_becomes_a_lossless_webp(mode):
    pixels = images.noise(mode)
    converted = images.samples(write_still(read(images.encode(pixels, PNG), PNG), WEBP))
    colour, alpha = (pixels[..., :1], pixels[..., 1:]) if mode in ("L", "LA") else (pixels[..., :3], pixels[..., 3:])
    assert np.array_equal(converted, np.dstack([np.broadcast_to(colour, (*pixels.shape[:2], 3)), alpha]))


@pytest.mark.parametrize("mode", images.MODES["webp"])
def test_a_webp_becomes_a_png_of_the_same_samples(mode):
    data = images.encode(images.noise(mode), WEBP, quality=70)
    assert np.array_equal(images.samples(write_still(read(data, WEBP), PNG)), images.samples(data))


def test_jpeg_is_written_with_high_quality_and_full_chroma():
    converted = write_still(read(images.encode(images.face(), PNG), PNG), JPEG)
    assert images.psnr(images.samples(converted), images.face()) > 38
    assert [(h, v) for _, h, v, _ in images.opened(converted).layer] == [(1, 1)] * 3


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_alpha_into_jpeg_is_refused_and_says_what_to_set(mode):
    with pytest.raises(InputRefused) as refused:
        write_still(read(images.encode(images.noise(mode), PNG), PNG), JPEG)
    assert refused.value.reason is Reason.ALPHA_NOT_SUPPORTED
    assert "output.image.format" in refused.value.message


@pytest.mark.parametrize("target", [JPEG, WEBP])
def test_sixteen_bits_are_rounded_to_eight_and_that_is_said(target):
    pixels = images.face(depth=16)
    still = read(images.encode(pixels, PNG), PNG)
    (note,) = write_notes(still, target)
    assert note.reason is Reason.PIXEL_FORMAT_NOT_SUPPORTED
    assert "16 bits" in note.message
    converted = images.samples(write_still(still, target))
    nearest = np.round(pixels / 257).astype(np.uint8)
    assert np.array_equal(converted, nearest) if target is WEBP else images.psnr(converted, nearest) > 38


def test_black_white_and_every_value_between_round_to_the_nearest():
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256, 1)
    converted = images.samples(write_still(read(images.encode(values, PNG), PNG), WEBP))[..., 0]
    assert converted[0, 0] == 0
    assert converted[-1, -1] == 255
    assert np.abs(converted * 257.0 - values[..., 0]).max() <= 128


def test_what_another_format_cannot_hold_is_named():
    text, gamma = images.chunk(b"tEXt", b"Author\0Anna"), images.chunk(b"gAMA", b"\0\0\x80\0")
    still = read(images.raw_png(images.noise(), 2, 8, before=gamma + text), PNG)
    (note,) = write_notes(still, WEBP)
    assert note.reason is Reason.METADATA_NOT_KEPT
    assert "gAMA, tEXt" in note.message
    still = read(images.encode(images.slope(), JPEG, comment=b"by hand"), JPEG)
    assert "comment" in write_notes(still, PNG)[0].message


def test_a_profile_makes_other_descriptions_of_colour_dispensable():
    beside = images.chunk(b"gAMA", b"\0\0\x80\0") + images.chunk(b"iCCP", b"icc\0\0" + zlib.compress(images.icc()))
    assert write_notes(read(images.raw_png(images.noise(), 2, 8, before=beside), PNG), WEBP) == ()


def test_a_profile_that_is_a_bomb_is_left_out_of_another_format():
    bomb = images.chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(50 * 2**20)))
    still = read(images.raw_png(images.noise(), 2, 8, before=bomb), PNG)
    assert "iCCP" in write_notes(still, WEBP)[0].message
    assert "icc_profile" not in images.opened(write_still(still, WEBP)).info


def test_metadata_too_large_for_a_segment_is_left_out_of_a_jpeg():
    still = read(
        images.raw_png(images.noise(), 2, 8, before=images.chunk(b"eXIf", images.exif(6, note=bytes(70_000)))), PNG
    )
    assert "EXIF" in write_notes(still, JPEG)[0].message
    assert not images.opened(write_still(still, JPEG)).getexif()


def test_a_greyscale_profile_does_not_go_into_a_webp():
    profile = images.icc()[:16] + b"GRAY" + images.icc()[20:]
    still = read(images.encode(images.noise("L"), PNG, profile=profile), PNG)
    assert "greyscale colour profile" in write_notes(still, WEBP)[0].message
    assert "icc_profile" not in images.opened(write_still(still, WEBP)).info
    assert images.opened(write_still(still, JPEG)).info["icc_profile"] == profile


def test_its_own_format_by_name_is_its_own_format():
    for format in ImageFormat:
        still = read(images.encode(images.slope(), format), format)
        assert write_still(still, format) == write_still(still)


@pytest.mark.parametrize(("format", "most"), [(JPEG, 65_500), (WEBP, 16_383)])
def test_an_image_that_is_larger_than_a_format_can_hold_is_refused(format, most):
    fits, does_not = (read(images.encode(images.slope(width=side, height=1), PNG), PNG) for side in (most, most + 1))
    assert images.opened(write_still(fits, format)).size == (most, 1)
    with pytest.raises(InputRefused, match=f"no side may have more than {most}") as refused:
        write_still(does_not, format)
    assert refused.value.reason is Reason.LIMIT_EXCEEDED
