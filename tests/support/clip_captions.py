"""Closed captions inside H.264 pictures: `cc_data` of CEA-708 (ATSC A/53, part 4) in a SEI message before each."""

from __future__ import annotations

from typing import Any

import av

from .clip_writer import Packets

_PAIRS = 2
_CC_DATA = bytes([0x03, 0x40 | _PAIRS, 0xFF]) + b"\xfc\x94\x2c" * _PAIRS + b"\xff"
_PAYLOAD = b"\xb5\x00\x31GA94" + _CC_DATA
_UNIT = b"\x00\x00\x00\x01\x06" + bytes([4, len(_PAYLOAD)]) + _PAYLOAD + b"\x80"


def with_captions(packets: Packets) -> Packets:
    """The same packets (NAL units with start codes), captions before each."""
    return [_with(packet) for packet in packets]


def _with(packet: av.Packet[Any]) -> av.Packet[Any]:
    copy: av.Packet[Any] = av.Packet(_UNIT + bytes(packet))
    copy.pts, copy.dts, copy.duration, copy.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
    copy.is_keyframe = packet.is_keyframe
    copy.stream = packet.stream
    return copy
