"""Every frame of every unit is worked exactly once for each source, however the work is cut and dealt."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hybridface_operator.planning.chunking import boundaries
from hybridface_operator.planning.deal import deal
from hybridface_worker.contract.plan import ChunkRef, Plan
from support.plans import images, plan, video

SIZES = st.integers(1, 130)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    units = []
    for number in range(draw(st.integers(0, 4))):
        make = video if draw(st.booleans()) else images
        units.append(make(f"t{number}", draw(st.integers(1, 700)), size=draw(SIZES)))
    return plan(*units, sources=[f"s{number}" for number in range(draw(st.integers(1, 3)))])


@st.composite
def dealt(draw: st.DrawFn) -> tuple[tuple[ChunkRef, ...], set[ChunkRef], int]:
    """What is left of a plan, what of it was tried, and into how many shards it is dealt."""
    chunks = list(draw(plans()).chunks())
    committed = draw(st.sets(st.sampled_from(chunks)) if chunks else st.just(set()))
    left = tuple(chunk for chunk in chunks if chunk not in committed)
    return left, draw(st.sets(st.sampled_from(left)) if left else st.just(set())), draw(st.integers(1, 20))


@given(st.integers(1, 5000), SIZES)
def test_boundaries_cut_a_unit_into_even_chunks_no_longer_than_asked(length, size):
    cuts = boundaries(length, size)
    lengths = [end - start for start, end in pairwise(cuts)]
    assert (cuts[0], cuts[-1]) == (0, length)
    assert max(lengths) <= size
    assert max(lengths) - min(lengths) <= 1
    assert min(lengths) >= 1
    assert len(lengths) == -(-length // size)


@given(plans())
def test_every_frame_is_in_exactly_one_chunk_for_each_source(made):
    frames = Counter(
        (chunk.source, chunk.target, chunk.unit, frame)
        for chunk in made.chunks()
        for frame in range(chunk.start, chunk.end)
    )
    wanted = {
        (source, unit.target, unit.unit, frame)
        for source in made.sources
        for unit in made.units
        for frame in range(unit.length)
    }
    assert set(frames) == wanted
    assert set(frames.values()) <= {1}


@given(dealt())
def test_dealing_covers_exactly_what_is_left_in_its_order(drawn):
    left, _, shards = drawn
    assert tuple(chunk for shard in deal(left, shards) for chunk in shard.chunks) == left


@given(dealt())
def test_no_shard_is_longer_than_its_even_share_and_one_range(drawn):
    left, _, shards = drawn
    runs = deal(left, shards)
    assert len(runs) <= shards
    total = sum(chunk.length for chunk in left)
    ranges: Counter[tuple[str, str, int]] = Counter()
    for chunk in left:
        ranges[chunk.target, chunk.unit, chunk.start] += chunk.length
    for run in runs:
        frames = sum(chunk.length for chunk in run.chunks)
        assert frames <= total / shards + max(ranges.values())


@given(dealt())
def test_the_chunks_of_one_range_stand_in_one_shard(drawn):
    left, _, shards = drawn
    homes: dict[tuple[str, str, int], set[int]] = {}
    for number, run in enumerate(deal(left, shards)):
        for chunk in run.chunks:
            homes.setdefault((chunk.target, chunk.unit, chunk.start), set()).add(number)
    assert all(len(numbers) == 1 for numbers in homes.values())


@given(dealt())
def test_a_shard_names_those_of_its_chunks_that_are_to_be_worked_alone(drawn):
    left, tried, shards = drawn
    runs = deal(left, shards, tried=tried)
    assert {chunk for run in runs for chunk in run.alone} == tried
    assert all(set(run.alone) <= set(run.chunks) for run in runs)
