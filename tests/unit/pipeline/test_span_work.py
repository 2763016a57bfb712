"""What stages took for a span, told chunk by chunk."""

from __future__ import annotations

import pytest

from hybridface_worker.contract.manifest import Stages
from hybridface_worker.contract.plan import ChunkRef
from hybridface_worker.pipeline.schedule import Span
from hybridface_worker.pipeline.span_work import SpanWork

SOURCES = ("first", "second", "third")


def work() -> SpanWork:
    chunks = tuple(ChunkRef(source=source, target="t", unit="images", start=0, end=9) for source in SOURCES)
    return SpanWork(Span("t", "images", 0, 9, chunks))


def test_what_is_done_once_for_all_sources_is_counted_once_over_their_chunks():
    span = work()
    span.took("decode", 0.004)
    span.took("decode", 0.002)
    assert [span.stages(source) for source in SOURCES] == [Stages(decode=2)] * 3


def test_what_is_done_for_one_source_is_of_its_chunk_alone():
    span = work()
    span.took("swap", 0.5, "first")
    span.took("swap", 0.25, "second")
    span.took("align", 0.003)
    assert [span.stages(source).swap for source in SOURCES] == [500, 250, 0]
    assert sum(span.stages(source).align for source in SOURCES) == 3


def test_time_counts_also_where_the_work_ends_in_an_error():
    span = work()
    with pytest.raises(ZeroDivisionError), span.timing("encode", "third"):
        1 / 0  # noqa: B018 - any error
    assert span.stages("third").encode > 0
