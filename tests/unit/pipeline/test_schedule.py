"""In which order chunks are worked."""

from __future__ import annotations

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from hybridface_worker.contract.plan import IMAGES, ChunkRef
from hybridface_worker.pipeline.schedule import Span, flight_limit, spans, waited_for, worked_together


def chunk(start: int, end: int, source: str = "a", unit: str = "v000000", target: str = "clip") -> ChunkRef:
    return ChunkRef(source=source, target=target, unit=unit, start=start, end=end)


chunks = st.lists(
    st.builds(
        lambda ordinal, source, unit: chunk(ordinal * 10, ordinal * 10 + 10, source, unit),
        ordinal=st.integers(0, 5),
        source=st.sampled_from("abc"),
        unit=st.sampled_from(["v000000", "v000001"]),
    ),
    unique=True,
)


@given(chunks, st.data())
def test_every_chunk_is_in_exactly_one_span_and_tried_ones_are_alone_in_theirs(given_chunks, data):
    tried = set(data.draw(st.lists(st.sampled_from(given_chunks), unique=True))) if given_chunks else set()
    result = spans(given_chunks, tried)
    assert sorted(map(repr, (c for span in result for c in span.chunks))) == sorted(map(repr, given_chunks))
    for span in result:
        assert span.alone == any(c in tried for c in span.chunks)
        assert not span.alone or len(span.chunks) == 1


@given(chunks)
def test_spans_of_a_unit_stand_together_in_the_order_of_their_frames(given_chunks):
    units = list(worked_together(spans(given_chunks)))
    assert len({(unit[0].target, unit[0].unit) for unit in units}) == len(units)
    for unit in units:
        starts = [span.start for span in unit]
        assert starts == sorted(set(starts))


def test_images_of_all_targets_are_worked_together_before_any_video():
    mixed = [
        chunk(0, 9, target="clip"),
        chunk(0, 1, unit=IMAGES, target="first"),
        chunk(0, 9, target="film"),
        chunk(0, 1, unit=IMAGES, target="second"),
    ]
    together = [[span.target for span in group] for group in worked_together(spans(mixed))]
    assert together == [["first", "second"], ["clip"], ["film"]]


def test_chunks_of_one_range_share_a_span_so_that_it_is_decoded_once():
    assert spans([chunk(0, 64, "a"), chunk(0, 64, "b")]) == [
        Span("clip", "v000000", 0, 64, (chunk(0, 64, "a"), chunk(0, 64, "b")))
    ]


def test_two_spans_are_in_flight_unless_they_are_shorter_than_what_one_waits_for():
    long = spans([chunk(start, start + 64) for start in range(0, 640, 64)] + [chunk(640, 641)])
    assert flight_limit(long, context=24) == 2
    short = spans([chunk(start, start + 1) for start in range(10)])
    assert flight_limit(short, context=4) == 6
    assert flight_limit([], context=4) == 2


@given(st.lists(st.integers(1, 90), min_size=1, max_size=12), st.integers(0, 16), st.integers(0, 60), st.integers(0, 7))
def test_no_span_waits_for_frames_of_one_that_may_not_begin(lengths, smoothing, ahead, held_back):
    ends = list(accumulate(lengths))
    ordered = spans([chunk(end - length, end) for end, length in zip(ends, lengths, strict=True)])
    limit = flight_limit(ordered, waited_for(smoothing, ahead, held_back))
    for first, last in zip(ordered, ordered[limit - 1 :], strict=False):
        last_shown = first.end + ahead - 1
        assert last is ordered[-1] or last_shown + smoothing + held_back < last.end
