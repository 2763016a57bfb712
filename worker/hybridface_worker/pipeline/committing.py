"""The last stage of every pipeline: chunks are committed while the next are made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .channel import InFlight
from .commit import ChunkResult, Ledger


@dataclass(frozen=True)
class Encoded:
    """All chunks of a span, ready to be committed."""

    results: tuple[ChunkResult, ...]


class Committing:
    """Commits chunks, so that an upload never holds up those that make them."""

    def __init__(self, ledger: Ledger, in_flight: InFlight) -> None:
        """`in_flight`: a span leaves it when it is committed."""
        self._ledger = ledger
        self._in_flight = in_flight

    def run(self, arriving: Iterable[Encoded]) -> None:
        """Handles everything that arrives."""
        for encoded in arriving:
            for result in encoded.results:
                self._ledger.commit(result)
                if result.path is not None:
                    result.path.unlink()
            self._in_flight.leave()
