"""Filters the packets of copied tracks, and adjusts their timestamps to what the muxer accepts.

Knows nothing of the swapped video, and opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import floor
from typing import Any

import av
from av.stream import Stream

from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Container

from .open import QUICKTIME


def heard(packets: Iterable[av.Packet[Any]], container: Container) -> Iterator[av.Packet[Any]]:
    """Drops audio that the source's edit list hides and the result would play.

    The result's edit list can hide what lies before the beginning in MP4 and MOV; Matroska has none. There one packet
    before the first audible one is kept as preroll, for codecs that overlap packets. What is hidden later is dropped
    for any container.
    """
    begun: set[int] = set()
    before: dict[int, av.Packet[Any]] = {}
    for packet in packets:
        track = packet.stream_index
        if packet.stream.type != "audio" or (packet.is_discard and track not in begun and container in QUICKTIME):
            yield packet
        elif not packet.is_discard:
            if track in before:
                yield before.pop(track)
            begun.add(track)
            yield packet
        elif track not in begun and not packet.stream.codec_context.name.startswith("pcm_"):
            before[track] = packet


class Pace:
    """Keeps the timestamps of one copied track monotonic.

    Matroska allows several packets with one timestamp, MP4 does not: there each but the first is moved by one tick. A
    packet without a timestamp follows the one before. Of video it is decoding times that must grow; no picture is shown
    before it is decoded, otherwise it keeps its presentation time.
    """

    def __init__(self, copy: Stream, container: Container) -> None:
        """`copy`: the track of the result, whose header has been written."""
        self._copy = copy
        self._container = container
        self._tick = copy.time_base or Fraction(1, 1000)
        self._is_video = copy.type == "video"
        self._step = 1 if container in QUICKTIME and copy.type in ("audio", "video") else 0
        self._last: int | None = None
        self._after = 0
        self._moved = 0

    def keep(self, packet: av.Packet[Any]) -> None:
        """Moves a packet where that is necessary; video without decoding times is left to the muxer."""
        base = packet.time_base
        ticks = packet.pts if packet.dts is None and not self._is_video else packet.dts
        if ticks is None and self._is_video:
            return
        own = self._after if ticks is None else self._rounded(ticks * base)
        least = own if self._last is None else max(own, self._last + self._step)
        length = self._rounded((packet.duration or 0) * base)
        if least != own or ticks is None:
            shown = self._rounded(packet.pts * base) if self._is_video and packet.pts is not None else least
            packet.pts, packet.dts = max(shown, least), least
            packet.duration, packet.time_base = length, self._tick
        self._moved = max(self._moved, least - own)
        self._last, self._after = least, least + length

    def notes(self) -> tuple[Finding, ...]:
        """How far packets were moved, if any was."""
        if not self._moved:
            return ()
        message = (
            f"Track {self._copy.index}, {self._copy.type}: packets that are not later than the one before were moved by"
            f" up to {float(self._moved * self._tick * 1000):.3f} ms, since {self._container} wants them to be."
        )
        return (Finding(reason=Reason.TIMESTAMPS_ROUNDED, message=message),)

    def _rounded(self, seconds: Fraction) -> int:
        """In ticks, rounded as the muxer does: halves away from zero."""
        ticks = seconds / self._tick
        return floor(ticks + Fraction(1, 2)) if ticks >= 0 else -floor(Fraction(1, 2) - ticks)
