"""What `probe_image` says of a file, and what it refuses."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import ImageFormat, Limits
from hybridface_worker.images.probe import probe_image
from support import images

JPEG, PNG, WEBP = ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.WEBP
COMBINATIONS = [
    (format, mode, depth)
    for format in ImageFormat
    for mode in images.MODES[format]
    for depth in ((8, 16) if format is PNG else (8,))
]


def probe(data, format, **limits):
    return probe_image(data, format, Limits(**limits))


def refusal(data, format, **limits):
    with pytest.raises(InputRefused) as refused:
        probe(data, format, **limits)
    return refused.value


@pytest.mark.parametrize(("format", "mode", "depth"), COMBINATIONS)
@pytest.mark.parametrize("orientation", [None, 1, 6, 8])
def test_size_mode_depth_and_orientation_are_found(format, mode, depth, orientation):
    info = probe(images.encode(images.noise(mode, depth), format, orientation=orientation), format)
    assert (info.width, info.height, info.mode, info.bit_depth) == (31, 21, mode, depth)
    assert info.orientation == (orientation or 1)


@pytest.mark.parametrize(
    ("data", "format", "lossless"),
    [
        (images.encode(images.noise(), JPEG), JPEG, False),
        (images.encode(images.noise(), PNG), PNG, True),
        (images.encode(images.noise(), WEBP), WEBP, False),
        (images.encode(images.noise(), WEBP, lossless=True), WEBP, True),
    ],
)
def test_lossless_files_are_told_from_lossy_ones(data, format, lossless):
    assert probe(data, format).lossless is lossless


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
@pytest.mark.parametrize("keyed", [False, True])
def test_a_palette_is_seen_as_the_colours_it_stands_for(depth, keyed):
    palette = images.chunk(b"PLTE", bytes(3 * 2**depth)) + (images.chunk(b"tRNS", b"\0") if keyed else b"")
    info = probe(images.raw_png(images.noise("L", depth), 3, depth, before=palette), PNG)
    assert (info.mode, info.bit_depth) == ("RGBA" if keyed else "RGB", 8)


@pytest.mark.parametrize(("mode", "key", "keyed"), [("L", bytes(2), "LA"), ("RGB", bytes(6), "RGBA")])
@pytest.mark.parametrize("depth", [8, 16])
def test_a_transparent_colour_counts_as_alpha(mode, key, keyed, depth):
    data = images.raw_png(
        images.noise(mode, depth), images.COLOUR_TYPES[mode], depth, before=images.chunk(b"tRNS", key)
    )
    assert probe(data, PNG).mode == keyed


def test_limits_come_before_decoding():
    bombs = {
        PNG: b"\x89PNG\r\n\x1a\n"
        + images.chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0))
        + images.chunk(b"IDAT", zlib.compress(bytes(10_000_000)))
        + images.chunk(b"IEND", b""),
        JPEG: _with_size_of_jpeg(images.encode(images.noise(), JPEG), 65500, 65500),
        WEBP: _with_size_of_webp(images.encode(images.noise(), WEBP, lossless=True), 16383, 16383),
    }
    for format, data in bombs.items():
        refused = refusal(data, format)
        assert refused.reason is Reason.LIMIT_EXCEEDED
        assert "pixels" in refused.message


def test_limits_are_exact():
    data = images.encode(images.noise(), PNG)
    assert probe(data, PNG, max_pixels=31 * 21, max_image_bytes=len(data)).width == 31
    assert refusal(data, PNG, max_pixels=31 * 21 - 1).reason is Reason.LIMIT_EXCEEDED
    assert refusal(data, PNG, max_image_bytes=len(data) - 1).reason is Reason.LIMIT_EXCEEDED


def test_a_progressive_picture_of_endless_scans_is_refused():
    data = images.encode(images.slope(), JPEG, progressive=True)
    last_scan = data[data.rindex(b"\xff\xda") : -2]
    refused = refusal(data[:-2] + last_scan * 200 + b"\xff\xd9", JPEG)
    assert refused.reason is Reason.LIMIT_EXCEEDED


@pytest.mark.parametrize(("format", "name"), [(PNG, "PNG"), (WEBP, "WebP")])
def test_animations_are_refused_by_name(format, name):
    first, second = (images.opened(images.encode(images.noise(seed=seed), PNG)) for seed in (1, 2))
    file = io.BytesIO()
    first.save(file, name, save_all=True, append_images=[second])
    refused = refusal(file.getvalue(), format)
    assert refused.reason is Reason.FORMAT_NOT_ALLOWED
    assert "animated" in refused.message


def test_cmyk_is_refused():
    file = io.BytesIO()
    images.opened(images.encode(images.noise(), PNG)).convert("CMYK").save(file, "JPEG")
    refused = refusal(file.getvalue(), JPEG)
    assert refused.reason is Reason.PIXEL_FORMAT_NOT_SUPPORTED
    assert "CMYK" in refused.message


@pytest.mark.parametrize(("precision", "marker"), [(12, 0xC1), (8, 0xC3), (8, 0xC9)])
def test_kinds_of_jpeg_that_nobody_views_are_refused(precision, marker):
    data = bytearray(images.encode(images.noise(), JPEG))
    at = data.index(b"\xff\xc0")
    data[at + 1], data[at + 4] = marker, precision
    assert refusal(bytes(data), JPEG).reason is Reason.PIXEL_FORMAT_NOT_SUPPORTED


def test_black_and_white_of_one_bit_is_refused_but_grey_of_two_is_not():
    assert refusal(images.raw_png(images.noise("L", 1), 0, 1), PNG).reason is Reason.PIXEL_FORMAT_NOT_SUPPORTED
    assert probe(images.raw_png(images.noise("L", 2), 0, 2), PNG).mode == "L"


@pytest.mark.parametrize(
    "header", [(0, 5, 8, 2, 0, 0, 0), (5, 5, 3, 2, 0, 0, 0), (5, 5, 8, 5, 0, 0, 0), (5, 5, 8, 2, 1, 0, 0)]
)
def test_a_png_header_that_contradicts_the_standard_is_refused(header):
    data = images.encode(images.noise(), PNG)
    data = data[:8] + images.chunk(b"IHDR", struct.pack(">IIBBBBB", *header)) + data[33:]
    assert refusal(data, PNG).reason is Reason.INPUT_UNREADABLE


def test_a_chunk_that_must_be_understood_and_is_unknown_is_refused():
    data = images.raw_png(images.noise(), 2, 8, before=images.chunk(b"CgBI", b"\0" * 4))
    assert "CgBI" in refusal(data, PNG).message


def test_a_canvas_larger_than_its_picture_is_refused():
    data = bytearray(images.encode(images.noise(), WEBP, profile=images.icc()))
    assert data[12:16] == b"VP8X"
    data[24] += 1
    assert refusal(bytes(data), WEBP).reason is Reason.INPUT_UNREADABLE


def test_fill_bytes_before_a_marker_are_allowed():
    data = images.encode(images.noise(), JPEG)
    assert probe(data[:2] + b"\xff\xff\xff" + data[2:], JPEG) == probe(data, JPEG)


def _with_size_of_jpeg(data, width, height):
    at = data.index(b"\xff\xc0")
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]


def _with_size_of_webp(data, width, height):
    bits = int.from_bytes(data[21:25], "little") & ~0xFFFFFFF | (height - 1) << 14 | (width - 1)
    return data[:21] + np.uint32(bits).tobytes() + data[25:]
