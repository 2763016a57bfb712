"""What a track holds, in a form that can be compared: the digest of its payload, and when it starts.

Payload is compared as one run of bytes: demuxers cut PCM where they like.
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
    """When its first packet is shown or heard, in seconds; None of a picture, which has no time."""


class Meter:
    """Takes the packets of one track as they pass."""

    def __init__(self, index: int, kind: str) -> None:
        self._index = index
        self._kind = kind
        self._size = 0
        self._digest = hashlib.sha256()
        self._start: Fraction | None = None

    def take(self, packet: av.Packet[Any]) -> None:
        """Counts one packet."""
        if self._size == 0 and packet.pts is not None:
            self._start = packet.pts * packet.time_base
        self._size += packet.size
        self._digest.update(packet)

    def result(self) -> CopiedTrack:
        """What has passed so far."""
        return CopiedTrack(self._index, self._kind, self._size, self._digest.hexdigest(), self._start)
