"""The order in which a shard's chunks are processed. Pure: chunks in, spans out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from hybridface_worker.contract.plan import IMAGES, ChunkRef


@dataclass(frozen=True)
class Span:
    """One range of one unit, `[start, end)`, with a chunk for each source: decoded and detected once."""

    target: str
    unit: str
    start: int
    end: int
    chunks: tuple[ChunkRef, ...]
    alone: bool = False
    """Its one chunk was tried before: nothing else may be in flight with it."""


def spans(chunks: Iterable[ChunkRef], tried: Collection[ChunkRef] = ()) -> list[Span]:
    """Chunks as spans: images first, otherwise in the order in which units first appear, and of frames within one."""
    units: dict[tuple[str, str], dict[tuple[int, int, str], list[ChunkRef]]] = {}
    for chunk in chunks:
        source = chunk.source if chunk in tried else ""
        groups = units.setdefault((chunk.target, chunk.unit), {})
        groups.setdefault((chunk.start, chunk.end, source), []).append(chunk)
    return [
        Span(target, unit, start, end, tuple(groups[start, end, source]), alone=source != "")
        for (target, unit), groups in sorted(units.items(), key=lambda each: each[0][1] != IMAGES)
        for start, end, source in sorted(groups)
    ]


def worked_together(ordered: Iterable[Span]) -> Iterator[list[Span]]:
    """Spans of one video after another, and those of images all at once: they need nothing of each other."""
    for _, members in groupby(ordered, key=lambda span: span.unit if span.unit == IMAGES else (span.target, span.unit)):
        yield list(members)


def waited_for(smoothing: int, ahead: int, held_back: int) -> int:
    """Frames after a span that have to be read before it can end.

    Its encoders look `ahead`, a frame reaches them when the `smoothing` frames after it are there, and `held_back` more
    may wait in batches on the way.
    """
    return smoothing + ahead + held_back


def flight_limit(ordered: list[Span], context: int) -> int:
    """How many spans may be in flight: two, or more if they are shorter than the `context` frames one waits for."""
    limit = 2
    for first in range(len(ordered)):
        behind = 0
        for count, span in enumerate(ordered[first + 1 :], start=1):
            if behind > context:
                break
            behind += span.end - span.start
            limit = max(limit, 1 + count)
    return limit
