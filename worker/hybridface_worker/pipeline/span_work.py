"""A span that is being processed: its remaining chunks, and how long each stage took."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter

from hybridface_worker.contract.manifest import Stages

from .commit import Ledger
from .schedule import Span


@dataclass(eq=False)
class SpanWork:
    """Thread-safe."""

    span: Span
    """With the chunks that are still to be done, one for each source."""
    _busy: dict[tuple[str, str | None], float] = field(default_factory=lambda: defaultdict(float), repr=False)
    """Milliseconds by stage and source, of all threads together; None stands for all sources."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def took(self, stage: str, seconds: float, source: str | None = None) -> None:
        """Adds to a stage's time, for one source or for all at once."""
        with self._lock:
            self._busy[stage, source] += seconds * 1000

    @contextmanager
    def timing(self, stage: str, source: str | None = None) -> Iterator[None]:
        """Adds the duration of the block."""
        since = perf_counter()
        try:
            yield
        finally:
            self.took(stage, perf_counter() - since, source)

    def stages(self, source: str) -> Stages:
        """Times of a source's chunk, with an even share of what was done for all, so that sums count nothing twice."""
        with self._lock:
            took: dict[str, float] = defaultdict(float)
            for (stage, whose), milliseconds in self._busy.items():
                if whose is None:
                    took[stage] += milliseconds / len(self.span.chunks)
                elif whose == source:
                    took[stage] += milliseconds
        return Stages(**{stage: round(milliseconds, 3) for stage, milliseconds in took.items()})


def begin(ledger: Ledger, span: Span) -> SpanWork | None:
    """Marks a try of each of the span's chunks; what remains of the span is worked, None where nothing does."""
    chunks = tuple(chunk for chunk in span.chunks if ledger.begin(chunk))
    return SpanWork(replace(span, chunks=chunks)) if chunks else None
