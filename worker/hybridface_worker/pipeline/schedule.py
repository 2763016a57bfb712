"""In which order a shard's chunks are worked. Pure: chunks in, spans out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from hybridface_worker.contract.plan import ChunkRef


@dataclass(frozen=True)
class Span:
    """One range of one unit, `[start, end)`, with a chunk for each source: decoded and detected once for all of them."""

    target: str
    unit: str
    start: int
    end: int
    chunks: tuple[ChunkRef, ...]


def spans(chunks: Iterable[ChunkRef]) -> list[Span]:
    """Chunks as spans, in the order of units as they first appear and of frames within a unit."""
    members: dict[tuple[str, str], dict[tuple[int, int], list[ChunkRef]]] = {}
    for chunk in chunks:
        ranges = members.setdefault((chunk.target, chunk.unit), {})
        ranges.setdefault((chunk.start, chunk.end), []).append(chunk)
    return [
        Span(target, unit, start, end, tuple(ranges[start, end]))
        for (target, unit), ranges in members.items()
        for start, end in sorted(ranges)
    ]


def by_unit(ordered: Iterable[Span]) -> Iterator[list[Span]]:
    """Spans of one unit after another."""
    for _, members in groupby(ordered, key=lambda span: (span.target, span.unit)):
        yield list(members)


def flight_limit(ordered: Iterable[Span], context: int) -> int:
    """How many spans may be in flight: two, and more only where they are shorter than the context that they wait for."""
    shortest = min((span.end - span.start for span in ordered), default=1)
    return 1 + -(-(context + 1) // shortest)
