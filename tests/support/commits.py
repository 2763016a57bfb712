"""Writers that commit one chunk at the same moment, each with bytes of its own."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from structlog.testing import capture_logs

from hybridface_worker.contract import layout
from hybridface_worker.contract.manifest import ChunkManifest
from hybridface_worker.contract.plan import ChunkRef
from hybridface_worker.pipeline.commit import ChunkResult, Ledger
from hybridface_worker.store.job_area import JobArea

CHUNK = ChunkRef(source="a", target="t", unit="v000000", start=0, end=64)


def ledger(area: JobArea, worker: str, *, max_tries: int = 3) -> Ledger:
    """The ledger of one worker."""
    return Ledger(area, attempt=1, shard=0, worker=worker, max_tries=max_tries)


def contend(area: JobArea, folder: Path, *, writers: int, size: int = 100_000) -> None:
    """Has them all commit at once, and checks that one won whole and that every other one knows it."""
    start = threading.Barrier(writers)
    with capture_logs() as logs, ThreadPoolExecutor(writers) as pool:

        def commit(number: int) -> None:
            data = bytes([number]) * (size + number)
            path = folder / f"chunk-{number}"
            path.write_bytes(data)
            result = ChunkResult(CHUNK, path=path, sha256=hashlib.sha256(data).hexdigest(), frames=number)
            start.wait()
            ledger(area, f"worker-{number}").commit(result)

        list(pool.map(commit, range(1, writers + 1)))

    won = area.read(ChunkManifest, layout.chunk_manifest(CHUNK))
    assert won.worker == f"worker-{won.frames}"
    assert won.size == size + won.frames
    assert won.data is not None
    assert area.read_bytes(won.data) == bytes([won.frames]) * (size + won.frames)
    assert hashlib.sha256(area.read_bytes(won.data)).hexdigest() == won.sha256
    assert [line["frames"] for line in logs if line["event"] == "chunk.committed"] == [won.frames]
    found_out = [line for line in logs if line["event"] == "chunk.skipped"]
    assert [line["same_bytes"] for line in found_out] == [False] * (writers - 1)
