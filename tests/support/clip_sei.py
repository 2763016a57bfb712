"""HDR10+ metadata for HEVC test clips: SMPTE ST 2094-40 in a SEI message, as cameras write it."""

from __future__ import annotations

from typing import Any

import av

from .clip_writer import Packets

_FIELDS: tuple[tuple[int, int], ...] = (
    (0xB5, 8),  # itu_t_t35_country_code
    (0x003C, 16),  # terminal provider: Samsung
    (0x0001, 16),  # provider oriented code
    (4, 8),  # application identifier
    (1, 8),  # application version
    (1, 2),  # num_windows
    (1000, 27),  # targeted_system_display_maximum_luminance
    (0, 1),
    *((50_000, 17),) * 3,  # maxscl
    (20_000, 17),  # average_maxrgb
    (0, 4),  # num_distribution_maxrgb_percentiles
    (0, 10),  # fraction_bright_pixels
    (0, 1),
    (0, 1),  # tone_mapping_flag
    (0, 1),  # color_saturation_mapping_flag
)
_PREFIX_SEI, _USER_DATA_T35 = 39, 4


def with_hdr10_plus(packets: Packets) -> Packets:
    """The same packets (NAL units with four-byte start codes), a SEI message before each."""
    return [_with(packet, _start_code_unit()) for packet in packets]


def _with(packet: av.Packet[Any], unit: bytes) -> av.Packet[Any]:
    copy: av.Packet[Any] = av.Packet(unit + bytes(packet))
    copy.pts, copy.dts, copy.duration, copy.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
    copy.is_keyframe = packet.is_keyframe
    copy.stream = packet.stream
    return copy


def _start_code_unit() -> bytes:
    bits = "".join(f"{value:0{width}b}" for value, width in _FIELDS)
    bits += "0" * (-len(bits) % 8)
    payload = int(bits, 2).to_bytes(len(bits) // 8, "big")
    body = bytes([_USER_DATA_T35, len(payload)]) + payload + b"\x80"
    escaped = bytearray()
    for byte in body:
        if byte <= 3 and escaped[-2:] == b"\0\0":
            escaped.append(3)
        escaped.append(byte)
    return b"\0\0\0\1" + bytes([_PREFIX_SEI << 1, 1]) + bytes(escaped)
