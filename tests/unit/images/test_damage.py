"""Broken and hostile files: refused with a reason, never half decoded, never an unexpected exception."""

from __future__ import annotations

import struct
import time
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import ImageFormat, Limits
from hybridface_worker.images.probe import probe_image
from hybridface_worker.images.still import read_still, write_notes, write_still
from support import images

JPEG, PNG, WEBP = ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.WEBP
BROKEN = {Reason.INPUT_TRUNCATED, Reason.INPUT_UNREADABLE}
WHOLE = {
    "jpeg": (images.encode(images.slope(), JPEG, orientation=6, profile=images.icc()), JPEG),
    "progressive": (images.encode(images.slope(), JPEG, progressive=True), JPEG),
    "png": (images.encode(images.slope(), PNG, orientation=6, profile=images.icc()), PNG),
    "png16": (images.encode(images.noise("LA", 16), PNG), PNG),
    "webp": (images.encode(images.slope(), WEBP, orientation=6, profile=images.icc()), WEBP),
    "lossless": (images.encode(images.noise("RGBA"), WEBP, lossless=True), WEBP),
}


def read(data, format):
    return read_still(data, probe_image(data, format, Limits(max_pixels=10_000)))


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_cut_anywhere_is_refused(name):
    data, format = WHOLE[name]
    for length in sorted({8, 12, 20, *range(30, len(data), max(1, len(data) // 150)), len(data) - 1}):
        with pytest.raises(InputRefused) as refused:
            read(data[:length], format)
        assert refused.value.reason in BROKEN, length


def test_a_cut_says_where():
    data, format = WHOLE["png"]
    with pytest.raises(InputRefused, match="ends too early") as refused:
        read(data[:-40], format)
    assert refused.value.reason is Reason.INPUT_TRUNCATED


@pytest.mark.parametrize("name", WHOLE)
@given(changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_file_with_changed_bytes_is_refused_or_read_whole(name, changes):
    data, format = bytearray(WHOLE[name][0]), WHOLE[name][1]
    for position, value in changes:
        data[position % len(data)] = value
    try:
        still = read(bytes(data), format)
        write_notes(still)
        written = write_still(still)
    except InputRefused:
        return
    assert still.pixels.shape[:2] == (still.info.height, still.info.width)
    assert read(written, format).info.width == still.info.width


@given(st.binary(max_size=300))
def test_garbage_behind_a_signature_is_refused(garbage):
    for head, format in ((b"\x89PNG\r\n\x1a\n", PNG), (b"\xff\xd8", JPEG), (b"RIFF\x20\0\0\0WEBP", WEBP)):
        with pytest.raises(InputRefused):
            read(head + garbage, format)


@pytest.mark.parametrize("depth", [8, 16])
def test_a_png_with_fewer_rows_than_it_announces_is_refused(depth):
    data = images.encode(images.noise("RGB", depth), PNG)
    taller = data[:8] + images.chunk(b"IHDR", data[16:20] + struct.pack(">I", 40) + data[24:29]) + data[33:]
    with pytest.raises(InputRefused, match="bytes") as refused:
        read(taller, PNG)
    assert refused.value.reason is Reason.INPUT_TRUNCATED


def test_a_png_with_a_filter_that_does_not_exist_is_refused():
    data = images.encode(images.noise(), PNG)
    rows = zlib.compress((b"\x09" + bytes(31 * 3)) * 21)
    with pytest.raises(InputRefused) as refused:
        read(data[:33] + images.chunk(b"IDAT", rows) + data[-12:], PNG)
    assert refused.value.reason is Reason.INPUT_UNREADABLE


def test_a_wrong_checksum_is_found_even_beside_the_picture():
    data = bytearray(images.raw_png(images.noise(), 2, 8, before=images.chunk(b"tEXt", b"Author\0Anna")))
    data[data.index(b"Anna")] ^= 1
    with pytest.raises(InputRefused, match="tEXt"):
        read(bytes(data), PNG)


def test_a_picture_that_inflates_to_more_than_it_announces_costs_no_memory():
    import tracemalloc

    data = images.encode(images.noise(), PNG)
    bomb = data[:33] + images.chunk(b"IDAT", zlib.compress(bytes(64 * 2**20))) + data[-12:]
    tracemalloc.start()
    still = read(bomb, PNG)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert still.pixels.shape == (21, 31, 3)
    assert peak < 20 * 2**20


def test_a_picture_with_very_many_chunks_beside_it_is_written_as_fast_as_it_is_read():
    backgrounds = images.chunk(b"bKGD", bytes(6)) * 10_000
    still = read(images.raw_png(images.noise(), 2, 8, before=backgrounds), PNG)
    since = time.process_time()
    assert backgrounds in write_still(still)
    assert time.process_time() - since < 2


def test_a_file_other_than_the_probed_one_is_refused():
    info = probe_image(images.encode(images.noise(), PNG), PNG, Limits())
    other = images.encode(np.zeros((50, 50, 3), np.uint8), PNG)
    with pytest.raises(InputRefused) as refused:
        read_still(other, info)
    assert refused.value.reason is Reason.INPUT_CHANGED


def test_a_missing_quantisation_table_is_refused_when_it_is_needed():
    data, format = WHOLE["jpeg"]
    at = data.index(b"\xff\xdb")
    without = data[:at] + data[at + 2 + int.from_bytes(data[at + 2 : at + 4]) :]
    with pytest.raises(InputRefused):
        write_still(read(without, format))
