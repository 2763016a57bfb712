"""A job whose worker is in the middle of its shard, and stays there for as long as a test wants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from support.clips import clip
from support.cluster_jobs import Studio
from support.cluster_release import WORK
from support.runs import SOURCE
from support.storage_gate import Hold, StorageGate
from support.waiting import soon

CHUNKS, CHUNK_FRAMES = 3, 64
ON_PRIVATE_NODES = {"allowedPools": ["private"]}


@contextmanager
def in_the_middle(studio: Studio, gate: StorageGate, name: str, *, seconds: float) -> Iterator[Hold]:
    """Begins a job of three chunks, and holds back the first of them that is written to storage."""
    target = {"clip": clip("cfr", CHUNKS * CHUNK_FRAMES)}
    studio.apply(name, target, chunkFrames=CHUNK_FRAMES, placement=ON_PRIVATE_NODES)
    chunks = f"/{WORK}/{studio.prefix(name)}chunks/{SOURCE}/"
    with gate.holding(lambda request: request.method == "PUT" and request.path.startswith(chunks)) as hold:
        soon(lambda: hold.requests, bool, seconds=seconds)
        yield hold
