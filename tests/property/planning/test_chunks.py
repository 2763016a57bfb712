"""Every frame of every unit is worked exactly once for each source, however the work is cut and dealt."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hybridface_operator.planning.chunking import boundaries
from hybridface_operator.planning.deal import deal, remaining
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
def dealt(draw: st.DrawFn) -> tuple[Plan, set[ChunkRef], set[ChunkRef], int]:
    made = draw(plans())
    chunks = list(made.chunks())
    subsets = st.sets(st.sampled_from(chunks)) if chunks else st.just(set())
    return made, draw(subsets), draw(subsets), draw(st.integers(1, 20))


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
def test_dealing_covers_exactly_what_remains_in_the_plans_order(drawn):
    made, committed, held, shards = drawn
    left = remaining(made, committed, held)
    assert list(left) == [chunk for chunk in made.chunks() if chunk not in committed | held]
    assert [chunk for shard in deal(left, shards) for chunk in shard.chunks] == list(left)


@given(dealt())
def test_no_shard_is_longer_than_its_even_share_and_one_range(drawn):
    made, committed, _, shards = drawn
    left = remaining(made, committed)
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
    made, committed, _, shards = drawn
    homes: dict[tuple[str, str, int], set[int]] = {}
    for number, run in enumerate(deal(remaining(made, committed), shards)):
        for chunk in run.chunks:
            homes.setdefault((chunk.target, chunk.unit, chunk.start), set()).add(number)
    assert all(len(numbers) == 1 for numbers in homes.values())


@given(dealt())
def test_a_shard_names_those_of_its_chunks_that_are_to_be_worked_alone(drawn):
    made, tried, _, shards = drawn
    runs = deal(remaining(made, ()), shards, tried=tried)
    assert {chunk for run in runs for chunk in run.alone} == tried
    assert all(set(run.alone) <= set(run.chunks) for run in runs)


@given(dealt())
def test_dealing_is_deterministic(drawn):
    made, committed, tried, shards = drawn
    assert deal(remaining(made, committed), shards, tried=tried) == deal(
        remaining(Plan.from_bytes(made.to_bytes(), "plan"), committed), shards, tried=tried
    )
