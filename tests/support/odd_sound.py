"""Sound of test clips whose times are odd, and what of it is heard."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

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


def surround(output: av.container.OutputContainer, seconds: float) -> Packets:
    """PCM in six channels."""
    stream = output.add_stream("pcm_s16le", rate=48_000, layout="5.1")
    samples = np.zeros((1, 6 * 4800), np.int16)
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="5.1")
    frame.sample_rate, frame.pts, frame.time_base = 48_000, 0, Fraction(1, 48_000)
    return stream.encode(frame) + stream.encode(None)


def sound(path: Path) -> list[tuple[bool, str]]:
    """Of each packet of the first track, whether it is hidden, and its digest."""
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(audio=0) if packet.size]
        return [(packet.is_discard, hashlib.sha256(bytes(packet)).hexdigest()) for packet in packets]
