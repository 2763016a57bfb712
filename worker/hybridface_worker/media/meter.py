"""Fingerprints a track, to compare it: the digest of its payload, and its start.

The payload counts as one byte string, since demuxers split PCM as they like.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av


@dataclass(frozen=True)
class CopiedTrack:
    """A track of the result that was copied."""

    index: int
    kind: str
    size: int
    """Bytes of payload."""
    sha256: str
    start: Fraction | None
    """Presentation time of its first packet in seconds; None for attached pictures, which have none."""


class Meter:
    """Accumulates the packets of one track."""

    def __init__(self, index: int, kind: str) -> None:
        self._index = index
        self._kind = kind
        self._size = 0
        self._digest = hashlib.sha256()
        self._start: Fraction | None = None

    def take(self, packet: av.Packet[Any]) -> None:
        """Adds a packet."""
        if self._size == 0 and packet.pts is not None:
            self._start = packet.pts * packet.time_base
        self._size += packet.size
        self._digest.update(packet)

    def result(self) -> CopiedTrack:
        """The fingerprint of the packets so far."""
        return CopiedTrack(self._index, self._kind, self._size, self._digest.hexdigest(), self._start)
