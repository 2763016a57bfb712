"""What frames carry beside their samples."""

from __future__ import annotations

from fractions import Fraction

import av
import pytest

from hybridface_worker.media.sidedata import beside_of

START = b"\0\0\0\1"
RECORDER = START + b"\x06\x05" + bytes([16 + 4]) + bytes(range(1, 17)) + b"data" + b"\x80"
"""An H.264 SEI of user data, unregistered (H.264, D.1.7), under the UUID of a recorder."""


def encoded() -> bytes:
    """One H.264 picture by x264, which tells its options in an SEI of its own."""
    encoder = av.VideoCodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 64, 64, "yuv420p", Fraction(1, 25)
    frame = av.VideoFrame(64, 64, "yuv420p")
    return b"".join(bytes(packet) for packet in (*encoder.encode(frame), *encoder.encode(None)))


def beside(data: bytes) -> frozenset[str]:
    decoder = av.VideoCodecContext.create("h264", "r")
    (frame,) = (*decoder.decode(av.Packet(data)), *decoder.decode(None))
    return beside_of(frame)


def test_options_of_the_encoder_are_no_data_of_the_recorder():
    assert beside(encoded()) == frozenset()


@pytest.mark.parametrize("first", [True, False])
def test_data_of_the_recorder_is_seen_beside_options_of_the_encoder(first):
    data = encoded()
    slice_at = data.rindex(b"\0\0\1\x65") - (data[data.rindex(b"\0\0\1\x65") - 1] == 0)
    both = RECORDER + data if first else data[:slice_at] + RECORDER + data[slice_at:]
    assert beside(both) == {"SEI_UNREGISTERED"}
