"""How Probe's work is dealt out, and dealt out again where it ends its workers.

The shard list of an attempt only ever grows: a later attempt repeats the list before it and appends the rows of a
shard that ended its worker, one by one. So a shard's number means the same in all attempts, and a file that brings a
decoder down is found, refused, and stops no other.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise
from math import ceil

from hybridface_worker.contract.inputs import Inputs
from hybridface_worker.contract.probe import Finding, ProbedItem, ProbedSource, ProbeResult
from hybridface_worker.contract.task import ProbeShard


def probe_shards(inputs: Inputs, *, most: int, worth_bytes: int, worth_objects: int) -> int:
    """How many shards are worth a worker each, at least one and at most `most`.

    A worker is worth its start for so many bytes to be read, or for so many objects to be opened.
    """
    objects = (*inputs.sources, *inputs.targets)
    worth = max(sum(each.size for each in objects) / worth_bytes, len(objects) / worth_objects)
    return max(1, min(most, ceil(worth)))


def deal_probe(inputs: Inputs, shards: int) -> tuple[ProbeShard, ...]:
    """At most `shards` ranges over the targets, evened out; the sources, for which a model is loaded, by themselves.

    One shard, for one worker, takes it all.
    """
    rows = len(inputs.targets)
    if shards == 1:
        return (ProbeShard(sources=(0, len(inputs.sources)), targets=(0, rows)),)
    count = min(rows, shards)
    cuts = [rows * index // count for index in range(count + 1)] if count else []
    return (
        ProbeShard(sources=(0, len(inputs.sources)), targets=(0, 0)),
        *(ProbeShard(sources=(0, 0), targets=cut) for cut in pairwise(cuts)),
    )


def rows(shard: ProbeShard) -> int:
    """How many sources and targets it probes."""
    return shard.sources[1] - shard.sources[0] + shard.targets[1] - shard.targets[0]


def split(shards: Sequence[ProbeShard], ended: Collection[int]) -> tuple[ProbeShard, ...]:
    """The same list, and behind it each row of the shards that ended their workers, alone."""
    more: list[ProbeShard] = []
    for number in sorted(ended):
        sources, targets = shards[number].sources, shards[number].targets
        more += [ProbeShard(sources=(row, row + 1), targets=(0, 0)) for row in range(*sources)]
        more += [ProbeShard(sources=(0, 0), targets=(row, row + 1)) for row in range(*targets)]
    return (*shards, *more)


def leaves(shards: Sequence[ProbeShard]) -> tuple[int, ...]:
    """The numbers of the shards that no later ones took apart: together they cover every row once."""
    kept: list[int] = []
    sources: set[int] = set()
    targets: set[int] = set()
    for number in reversed(range(len(shards))):
        own_sources, own_targets = set(range(*shards[number].sources)), set(range(*shards[number].targets))
        if own_sources <= sources and own_targets <= targets:
            continue
        kept.append(number)
        sources |= own_sources
        targets |= own_targets
    return tuple(reversed(kept))


def given_up(inputs: Inputs, number: int, shard: ProbeShard, finding: Finding) -> ProbeResult:
    """What is written down in the place of a worker that could not look at a shard."""
    return ProbeResult(
        shard=number,
        sources=tuple(
            ProbedSource(source=image.source, item=image.item, refusal=finding)
            for image in inputs.sources[slice(*shard.sources)]
        ),
        items=tuple(
            ProbedItem(target=item.target, item=item.item, refusal=finding)
            for item in inputs.targets[slice(*shard.targets)]
        ),
    )
