"""A chunk as a worker on a GPU committed it."""

from __future__ import annotations

from hybridface_worker.contract.manifest import ChunkManifest, Stages, Usage
from hybridface_worker.contract.plan import ChunkRef

CHUNK = ChunkManifest(
    chunk=ChunkRef(source="actor", target="clip", unit="v000000", start=0, end=64),
    outcome="done",
    stages=Stages(detect=1500, swap=2500),
    usage=Usage(devices=("cuda",), elapsed=4000, device_busy=3000, halvings=1, peak_memory=2**30),
    attempt=1,
    shard=0,
    worker="w",
    finished_at="2026-05-01T11:59:00+00:00",
)
