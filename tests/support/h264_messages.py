"""SEI messages of H.264 test clips: what recorders write inside the pictures beside the samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import av

from .clip_writer import Packets

CAPTIONS = (4, b"\xb5\x00\x31GA94" + bytes([0x03, 0x41, 0xFF]) + b"\xfc\x94\x2c" + b"\xff")
"""CEA-708 (ATSC A/53, part 4)."""
ENHANCEMENT = (4, b"\xb4\x00\x50\x00" + bytes(range(1, 20)))
"""Registered by V-Nova (ITU-T T.35): a layer of LCEVC."""
RECORDER = (5, b"MISPmicrosectime" + b"\x1f" * 12)
"""Unregistered: the time of each picture, as drones have it (MISB ST 0604)."""


def with_messages(*messages: tuple[int, bytes]) -> Callable[[Packets], Packets]:
    """For `write_clip(edit=...)`: messages (type, payload without two zeros in a row) before each picture."""
    units = b"".join(b"\0\0\0\1\x06" + bytes([kind, len(payload)]) + payload + b"\x80" for kind, payload in messages)

    def edit(packets: Packets) -> Packets:
        return [_with(units, packet) for packet in packets]

    return edit


def _with(units: bytes, packet: av.Packet[Any]) -> av.Packet[Any]:
    copy: av.Packet[Any] = av.Packet(units + bytes(packet))
    copy.pts, copy.dts, copy.duration, copy.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
    copy.is_keyframe = packet.is_keyframe
    copy.stream = packet.stream
    return copy
