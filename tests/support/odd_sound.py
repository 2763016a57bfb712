"""Sound of test clips whose times are odd, and what of it is heard."""

from __future__ import annotations

import hashlib
from pathlib import Path

import av

from .clip_writer import Packets, audio


def in_pairs(output: av.container.OutputContainer, seconds: float) -> Packets:
    """A track in which each two packets have one time."""
    packets = audio()(output, seconds)
    for first, second in zip(packets[::2], packets[1::2], strict=False):
        second.pts = second.dts = first.pts
    return packets


def early(output: av.container.OutputContainer, seconds: float) -> Packets:
    """A track that begins half a second before the video, where an edit list hides it."""
    packets = audio()(output, seconds + 0.5)
    for packet in packets:
        packet.pts, packet.dts = (packet.pts or 0) - 24_000, (packet.dts or 0) - 24_000
    return packets


def sound(path: Path) -> list[tuple[bool, str]]:
    """Of each packet of the first track, whether it is hidden, and its digest."""
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(audio=0) if packet.size]
        return [(packet.is_discard, hashlib.sha256(bytes(packet)).hexdigest()) for packet in packets]
