"""Orientation and previews of EXIF, of sound structures and of broken ones."""

from __future__ import annotations

import struct
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridface_worker.images.exif import orientation, without_prefix, without_previews
from support import images

JPEG = b"\xff\xd8\xff" + bytes(range(1, 200)) + b"\xff\xd9"


@pytest.mark.parametrize("value", range(1, 9))
@pytest.mark.parametrize("big_endian", [False, True])
def test_orientation_is_read_in_both_byte_orders(value, big_endian):
    assert orientation(images.exif(value, big_endian=big_endian)) == value


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_upright(value):
    assert orientation(images.exif(value)) == 1


@pytest.mark.parametrize("exif", [None, b"", b"II*\0", b"II*\0\xff\xff\xff\xff", b"garbage"])
def test_a_broken_structure_is_upright(exif):
    assert orientation(exif) == 1


@pytest.mark.parametrize("big_endian", [False, True])
def test_a_thumbnail_is_unlinked_and_zeroed_and_nothing_moves(big_endian):
    before = images.exif(6, thumbnail=JPEG, note=b"note", big_endian=big_endian)
    after = without_previews(before)
    assert len(after) == len(before)
    assert after.endswith(bytes(len(JPEG)))
    assert after[34:38] == bytes(4)
    assert orientation(after) == 6
    assert b"note" in after


def test_an_uncompressed_thumbnail_is_zeroed():
    thumbnail = bytes(range(1, 100))
    before = images.exif(6, thumbnail=thumbnail).replace(b"\x01\x02\x04\0", b"\x11\x01\x04\0")
    before = before.replace(b"\x02\x02\x04\0", b"\x17\x01\x04\0")
    assert thumbnail not in without_previews(before)


def test_exif_without_previews_is_not_touched():
    exif = images.exif(6, note=b"note")
    assert without_previews(exif) == exif


def test_the_prefix_of_jpeg_is_taken_off_once():
    assert without_prefix(b"Exif\0\0II*\0") == b"II*\0"
    assert without_prefix(b"II*\0") == b"II*\0"


def hostile(code: str, tags: list[int], payload: bytes) -> bytes:
    """Entries in a second directory, each of which claims all that is there from its own first byte on."""
    head = b"II*\0\x08\0\0\0" + struct.pack("<HI", 0, 14)
    size = {"H": 2, "I": 4}[code]
    where = len(head) + 2 + 12 * len(tags) + 4
    entries = [struct.pack("<HHII", tag, {"H": 3, "I": 4}[code], len(payload) // size, where) for tag in tags]
    return head + struct.pack("<H", len(tags)) + b"".join(entries) + bytes(4) + payload


@pytest.mark.parametrize(
    "exif",
    [
        pytest.param(b"II*\0" + b"\xff\xd8\xff" * 50_000, id="streams without an end"),
        pytest.param(hostile("I", list(range(1000)), bytes(50_000)), id="entries that share their values"),
        pytest.param(
            hostile("I", [0x0111, 0x0117], struct.pack("<II", 0, 2**31) * 10_000), id="strips that share their bytes"
        ),
    ],
)
def test_what_is_made_to_take_long_or_much_does_not(exif):
    tracemalloc.start()
    since = time.process_time()
    try:
        assert len(without_previews(exif)) == len(exif)
        assert orientation(exif) == 1
        assert tracemalloc.get_traced_memory()[1] < 40 * len(exif)
    finally:
        tracemalloc.stop()
    assert time.process_time() - since < 5


def test_a_broken_entry_does_not_hide_the_orientation():
    exif = b"II*\0\x08\0\0\0" + struct.pack("<H", 2)
    exif += struct.pack("<HHII", 0x0100, 4, 9, 2**31) + struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0) + bytes(4)
    assert orientation(exif) == 6


@given(st.binary(max_size=400), st.booleans())
def test_whatever_is_inside_size_and_sanity_hold(garbage, big_endian):
    exif = (b"MM\0*\0\0\0\x08" if big_endian else b"II*\0\x08\0\0\0") + garbage
    assert 1 <= orientation(exif) <= 8
    assert len(without_previews(exif)) == len(exif)
