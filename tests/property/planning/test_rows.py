"""Probe and Merge cover every row once, also after shards were taken apart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hybridface_operator.planning.merging import deal_merge
from hybridface_operator.planning.probing import deal_probe, leaves, probe_shards, rows, split
from hybridface_worker.contract.task import ProbeShard
from support.plans import inputs


def covered(shards: list[ProbeShard]) -> tuple[list[int], list[int]]:
    return (
        sorted(row for shard in shards for row in range(*shard.sources)),
        sorted(row for shard in shards for row in range(*shard.targets)),
    )


@given(st.integers(1, 40), st.integers(1, 5), st.integers(1, 12), st.data())
def test_the_leaves_of_a_probe_cover_every_input_once(targets, sources, shards, data):
    given_inputs = inputs([f"t{n}" for n in range(targets)], sources=[f"s{n}" for n in range(sources)])
    dealt = deal_probe(given_inputs, shards)
    assert len(dealt) <= shards + 1
    for _ in range(data.draw(st.integers(0, 3))):
        several = [number for number in leaves(dealt) if rows(dealt[number]) > 1]
        dealt = split(dealt, data.draw(st.sets(st.sampled_from(several))) if several else ())
    assert covered([dealt[number] for number in leaves(dealt)]) == (list(range(sources)), list(range(targets)))


@given(st.integers(1, 300), st.integers(1, 5), st.integers(1, 12), st.integers(1, 10**6), st.integers(1, 100))
def test_a_probe_takes_no_more_workers_than_what_they_read_is_worth(targets, sources, most, worth_bytes, worth_objects):
    given_inputs = inputs([f"t{n}" for n in range(targets)], sources=[f"s{n}" for n in range(sources)])
    size = sum(each.size for each in (*given_inputs.sources, *given_inputs.targets))
    count = probe_shards(given_inputs, most=most, worth_bytes=worth_bytes, worth_objects=worth_objects)
    assert 1 <= count <= most
    if count > 1:
        assert (count - 1) * worth_bytes < size or (count - 1) * worth_objects < targets + sources
    if count < most:
        assert size <= count * worth_bytes
        assert targets + sources <= count * worth_objects


@given(st.sets(st.integers(0, 200)), st.integers(1, 12), st.data())
def test_merge_shards_cover_exactly_the_positions_left(positions, shards, data):
    alone = data.draw(st.sets(st.sampled_from(sorted(positions)))) if positions else set()
    dealt = deal_merge(positions, shards, alone=alone)
    assert [row for shard in dealt for row in range(*shard.outputs)] == sorted(positions)
    for shard in dealt:
        own = set(range(*shard.outputs))
        assert len(own) == 1 or not own & alone
