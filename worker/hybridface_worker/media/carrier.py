"""A chunk's file: encoded packets of one video track in Matroska, numbered in display order.

Matroska merely carries packets here. Real timestamps are kept in the frame tables, since Matroska would round them to
milliseconds: a packet's timestamp in the carrier is its display rank within the chunk times 10 ms, so that no two
collide. Knows nothing of frames, encoders and tracks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import av
from av.container import InputContainer, OutputContainer
from av.video.stream import VideoStream

TICKS_PER_FRAME = 10
MILLISECONDS = Fraction(1, 1000)

_WRITE_OPTIONS = {"fflags": "+bitexact", "write_crc32": "0", "avoid_negative_ts": "disabled"}


def create(path: Path) -> OutputContainer:
    """A new carrier. The same packets make the same bytes: it holds no date and no random number."""
    return av.open(str(path), "w", format="matroska", container_options=dict(_WRITE_OPTIONS))


def number(packet: av.Packet[Any], rank: int, decode_rank: int) -> None:
    """Sets a packet's timestamps: `rank` in display order, `decode_rank`, at most that, in decoding order."""
    packet.time_base = MILLISECONDS
    packet.pts, packet.dts = rank * TICKS_PER_FRAME, decode_rank * TICKS_PER_FRAME
    packet.duration = TICKS_PER_FRAME


@contextmanager
def read(file: BinaryIO) -> Iterator[tuple[VideoStream, Iterator[tuple[int, av.Packet[Any]]]]]:
    """The track of a carrier, and its packets in decoding order, each with its display rank in the chunk."""
    with av.open(file, "r", format="matroska") as container:
        stream = container.streams.video[0]
        yield stream, _packets(container, stream)


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[tuple[int, av.Packet[Any]]]:
    for packet in container.demux(stream):
        if packet.size:
            yield round((packet.pts or 0) * packet.time_base / MILLISECONDS) // TICKS_PER_FRAME, packet
