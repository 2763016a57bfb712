"""What only the bitstream says of a packet: whether its picture is shown, and whether decoding may begin there.

Pure functions over bytes. A seek point is a random access point: every picture at or after its own time decodes
exactly from there. Pictures that are shown before it, though they follow it in the file, may refer to earlier ones.
"""

from __future__ import annotations

from collections.abc import Iterator

H264_IDR = 5
"""ITU-T H.264, table 7-1. A recovery point of an open GOP is no IDR: decoders differ in what they make of it."""
H264_SLICE = 1
HEVC_REFERRING = range(1, 10)
"""Trailing and leading pictures of ITU-T H.265, table 7-1, except type 0, which zeroed data looks like."""
HEVC_RANDOM_ACCESS = range(16, 22)
"""BLA, IDR and CRA of ITU-T H.265, table 7-1: no trailing picture refers to anything before them."""
_VP9_MARKER = 2
_AV1_SEQUENCE, _AV1_FRAME_HEADER, _AV1_FRAME = 1, 3, 6


def may_start(codec: str, extradata: bytes, packet: memoryview) -> bool:
    """Whether a packet that its container calls a key frame is a seek point."""
    if codec == "h264":
        return H264_IDR in _nal_types(codec, extradata, packet)
    if codec == "hevc":
        return any(kind in HEVC_RANDOM_ACCESS for kind in _nal_types(codec, extradata, packet))
    if codec == "av1":
        obus = list(_av1_obus(packet))
        frames = [_av1_frame(body) for kind, body in obus if kind in {_AV1_FRAME_HEADER, _AV1_FRAME}]
        return any(kind == _AV1_SEQUENCE for kind, _ in obus) and frames[:1] == [(True, True)]
    if codec == "vp9":
        return next((_vp9_frame(frame)[0] for frame in _vp9_frames(packet)), False)
    return True


def refers_back(codec: str, extradata: bytes, packet: memoryview) -> bool:
    """Whether a packet's picture certainly refers to earlier ones; False where it is too damaged to tell."""
    if codec == "h264":
        return H264_SLICE in _nal_types(codec, extradata, packet)
    if codec == "hevc":
        return any(kind in HEVC_REFERRING for kind in _nal_types(codec, extradata, packet))
    return False


def shows_picture(codec: str, packet: memoryview) -> bool:
    """Whether players show a picture of this packet. VP9 and AV1 also have pictures that only serve as references.

    A packet that cannot be read counts as shown: it is for the decoder to report it as damaged.
    """
    if codec == "vp9":
        return any(_vp9_frame(frame)[1] for frame in _vp9_frames(packet))
    if codec == "av1":
        frames = [_av1_frame(body) for kind, body in _av1_obus(packet) if kind in {_AV1_FRAME_HEADER, _AV1_FRAME}]
        return not frames or any(shown for _, shown in frames)
    return True


def _nal_types(codec: str, extradata: bytes, packet: memoryview) -> Iterator[int]:
    """Of each NAL unit: `nal_unit_type` of H.264 (7.3.1) or H.265 (7.3.1.2)."""
    if codec == "h264":
        return (header & 0x1F for header in _nal_headers(packet, _length_bytes(extradata, 4)))
    return (header >> 1 & 0x3F for header in _nal_headers(packet, _length_bytes(extradata, 21)))


def _length_bytes(extradata: bytes, at: int) -> int | None:
    """Bytes of a NAL unit's length by avcC or hvcC (ISO/IEC 14496-15); None where start codes part the units."""
    return (extradata[at] & 3) + 1 if len(extradata) > at and extradata[0] == 1 else None


def _nal_headers(packet: memoryview, length_bytes: int | None) -> Iterator[int]:
    """The first byte of each NAL unit."""
    if length_bytes is None:
        data = bytes(packet)
        at = data.find(b"\x00\x00\x01")
        while 0 <= at < len(data) - 3:
            yield data[at + 3]
            at = data.find(b"\x00\x00\x01", at + 3)
        return
    at = 0
    while at + length_bytes < len(packet):
        yield packet[at + length_bytes]
        at += length_bytes + int.from_bytes(packet[at : at + length_bytes], "big")


def _vp9_frames(packet: memoryview) -> Iterator[memoryview]:
    """The frames of a superframe (VP9 bitstream specification, annex B)."""
    marker = packet[-1] if len(packet) else 0
    count, width = (marker & 7) + 1, (marker >> 3 & 3) + 1
    index = 2 + count * width
    if marker & 0xE0 != 0xC0 or len(packet) < index or packet[-index] != marker:
        yield packet
        return
    at = 0
    for number in range(count):
        field = len(packet) - index + 1 + number * width
        size = int.from_bytes(packet[field : field + width], "little")
        yield packet[at : at + size]
        at += size


def _vp9_frame(frame: memoryview) -> tuple[bool, bool]:
    """Whether it is a key frame, and whether it is shown (section 6.2)."""
    bits = int.from_bytes(bytes(frame[:2]).ljust(2, b"\0"), "big")
    if bits >> 14 != _VP9_MARKER:
        return False, True
    profile = bits >> 13 & 1 | bits >> 11 & 2
    at = 10 if profile == 3 else 11
    if bits >> at & 1:
        return False, True
    return not bits >> at - 1 & 1, bool(bits >> at - 2 & 1)


def _av1_obus(packet: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Type and payload of each open bitstream unit (AV1 bitstream specification, 5.3)."""
    at = 0
    while at < len(packet):
        header = packet[at]
        at += 2 if header & 4 else 1
        size = len(packet) - at
        if header & 2:
            size, at = _leb128(packet, at)
        yield header >> 3 & 0xF, packet[at : at + size]
        at += size


def _av1_frame(body: memoryview) -> tuple[bool, bool]:
    """Whether it is a key frame, and whether it is shown (section 5.9.2)."""
    bits = body[0] if len(body) else 0
    if bits >> 7:
        return False, True
    return bits >> 5 & 3 == 0, bool(bits >> 4 & 1)


def _leb128(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 56, 7):
        if at >= len(data):
            break
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if not byte & 0x80:
            break
    return value, at
