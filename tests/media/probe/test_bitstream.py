"""The bits that tell hidden pictures from shown ones, and seek points from other keyframes."""

from __future__ import annotations

import pytest

from hybridface_worker.media.bitstream import may_start, shows_picture

AVCC = b"\x01\x64\x00\x1e\xff"
HVCC = b"\x01" + bytes(20) + b"\xff"


def _vp9(*, existing: int = 0, inter: int = 0, shown: int = 1) -> bytes:
    return (0b10 << 14 | existing << 11 | inter << 10 | shown << 9).to_bytes(2, "big") + bytes(6)


def _superframe(*frames: bytes) -> bytes:
    marker = bytes([0xC0 | len(frames) - 1])
    return b"".join(frames) + marker + bytes(len(frame) for frame in frames) + marker


def _obu(kind: int, body: bytes) -> bytes:
    return bytes([kind << 3 | 2, len(body)]) + body


def _av1(*, existing: int = 0, kind: int = 0, shown: int = 1) -> bytes:
    return bytes([existing << 7 | kind << 5 | shown << 4, 0])


AV1_DELIMITER, AV1_SEQUENCE = _obu(2, b""), _obu(1, b"\x00\x00")


@pytest.mark.parametrize(
    ("packet", "shown"),
    [
        (_vp9(), True),
        (_vp9(shown=0), False),
        (_vp9(existing=1, shown=0), True),
        (_superframe(_vp9(shown=0), _vp9(inter=1)), True),
        (_superframe(_vp9(shown=0), _vp9(inter=1, shown=0)), False),
        (bytes(20), True),
        (b"\x00", True),
    ],
)
def test_vp9_pictures_that_are_only_referred_to_are_hidden(packet: bytes, shown: bool) -> None:
    assert shows_picture("vp9", memoryview(packet)) is shown


@pytest.mark.parametrize(
    ("packet", "shown"),
    [
        (AV1_DELIMITER + AV1_SEQUENCE + _obu(6, _av1()), True),
        (AV1_DELIMITER + _obu(6, _av1(kind=1, shown=0)), False),
        (AV1_DELIMITER + _obu(6, _av1(kind=1, shown=0)) + _obu(3, _av1(existing=1, shown=0)), True),
        (bytes(20), True),
        (b"\xff" * 20, True),
    ],
)
def test_av1_pictures_that_are_only_referred_to_are_hidden(packet: bytes, shown: bool) -> None:
    assert shows_picture("av1", memoryview(packet)) is shown


@pytest.mark.parametrize(
    ("codec", "extradata", "packet", "start"),
    [
        ("h264", AVCC, b"\x00\x00\x00\x02\x06\x00\x00\x00\x00\x02\x65\x00", True),
        ("h264", AVCC, b"\x00\x00\x00\x02\x06\x00\x00\x00\x00\x02\x61\x00", False),
        ("h264", b"", b"\x00\x00\x00\x01\x67\x00\x00\x00\x01\x65\x00", True),
        ("h264", b"", b"\x00\x00\x00\x01\x06\x00\x00\x00\x01\x41\x00", False),
        ("hevc", HVCC, b"\x00\x00\x00\x03\x26\x01\x00", True),
        ("hevc", HVCC, b"\x00\x00\x00\x03\x2a\x01\x00", True),
        ("hevc", HVCC, b"\x00\x00\x00\x03\x02\x01\x00", False),
        ("av1", b"", AV1_DELIMITER + AV1_SEQUENCE + _obu(6, _av1()), True),
        ("av1", b"", AV1_DELIMITER + _obu(6, _av1()), False),
        ("av1", b"", AV1_DELIMITER + AV1_SEQUENCE + _obu(6, _av1(shown=0)), False),
        ("av1", b"", AV1_DELIMITER + AV1_SEQUENCE + _obu(6, _av1(kind=2)), False),
        ("vp9", b"", _vp9(), True),
        ("vp9", b"", _vp9(inter=1), False),
        ("vp9", b"", _superframe(_vp9(shown=0), _vp9(inter=1)), True),
        ("mpeg4", b"", b"\x00\x00\x01\xb6\x10", True),
        ("h264", AVCC, b"\xff\xff\xff\xff", False),
        ("av1", b"", b"\x0a\xff\xff", False),
    ],
)
def test_decoding_starts_where_nothing_before_is_needed(
    codec: str, extradata: bytes, packet: bytes, start: bool
) -> None:
    assert may_start(codec, extradata, memoryview(packet)) is start
