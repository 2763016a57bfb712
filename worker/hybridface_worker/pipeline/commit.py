"""The commit protocol of a chunk: a try is marked first, and the manifest written last and only if absent.

Nothing here knows what a frame or an image is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import structlog

from hybridface_worker.contract import layout
from hybridface_worker.contract.events import Event
from hybridface_worker.contract.manifest import ChunkManifest, FaceCount, RefusedPosition, Stages, TryMarker, Usage
from hybridface_worker.contract.plan import ChunkRef
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.store.job_area import JobArea


@dataclass(frozen=True)
class ChunkResult:
    """The result of a chunk, before it is committed."""

    chunk: ChunkRef
    path: Path | None = None
    """The encoded data; None where the chunk failed."""
    sha256: str | None = None
    frames: int = 0
    seconds: Fraction | None = None
    """How long the frames are shown; None for images."""
    faces: tuple[FaceCount, ...] = ()
    concealed: tuple[int, ...] = ()
    refused: tuple[RefusedPosition, ...] = ()
    extradata_sha256: str | None = None
    stages: Stages = field(default_factory=Stages)
    usage: Usage = field(default_factory=Usage)
    batch: int = 1
    finding: Finding | None = None
    """Why it failed; None where it is done."""


class Ledger:
    """Records of chunks in the job's storage: tries and manifests."""

    def __init__(self, area: JobArea, *, attempt: int, shard: int, worker: str, max_tries: int) -> None:
        self._area = area
        self._attempt = attempt
        self._shard = shard
        self._worker = worker
        self._max_tries = max_tries
        self._log = structlog.get_logger()

    def committed(self, chunk: ChunkRef) -> bool:
        """Whether the chunk's manifest exists, whoever wrote it."""
        return self._area.exists(layout.chunk_manifest(chunk))

    def tried(self, chunk: ChunkRef) -> bool:
        """Whether a worker of this attempt has begun the chunk before."""
        return self._area.exists(layout.try_marker(self._attempt, chunk, 1))

    def begin(self, chunk: ChunkRef) -> bool:
        """Marks a try. False where the chunk is committed already, or was tried as often as it may be."""
        if self.committed(chunk):
            self._skip(chunk, "committed")
            return False
        for number in range(1, self._max_tries + 1):
            marker = TryMarker(chunk=chunk, attempt=self._attempt, number=number, worker=self._worker)
            if self._area.put_absent(layout.try_marker(self._attempt, chunk, number), marker):
                self._log.info(Event.CHUNK_STARTED, chunk=layout.chunk_id(chunk), number=number)
                return True
        self._skip(chunk, Reason.TOO_MANY_TRIES)
        return False

    def commit(self, result: ChunkResult) -> None:
        """Stores the data under its digest, then the manifest; where another worker was first, theirs counts."""
        chunk = result.chunk
        data = None
        if result.path is not None and result.sha256 is not None:
            data = layout.chunk_data(chunk, result.sha256)
            if not self._area.exists(data):
                self._area.upload(data, result.path)
        manifest = ChunkManifest(
            chunk=chunk,
            outcome="failed" if result.finding else "done",
            finding=result.finding,
            data=data,
            sha256=result.sha256,
            size=result.path.stat().st_size if result.path else None,
            frames=result.frames,
            seconds=result.seconds,
            faces=result.faces,
            concealed=result.concealed,
            refused=result.refused,
            extradata_sha256=result.extradata_sha256,
            stages=result.stages,
            usage=result.usage,
            batch=result.batch,
            attempt=self._attempt,
            shard=self._shard,
            worker=self._worker,
            finished_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        )
        key = layout.chunk_manifest(chunk)
        if not self._area.put_absent(key, manifest):
            first = self._area.read(ChunkManifest, key)
            self._skip(chunk, "committed", same_bytes=first.sha256 == manifest.sha256)
            return
        self._log.info(
            Event.CHUNK_COMMITTED,
            chunk=layout.chunk_id(chunk),
            outcome=manifest.outcome,
            frames=manifest.frames,
            faces=sum((count.end - count.start) * count.faces for count in manifest.faces),
            **(result.finding.model_dump() if result.finding else {}),
        )

    def fail(self, chunk: ChunkRef, finding: Finding) -> None:
        """Commits that the chunk cannot be done."""
        self.commit(ChunkResult(chunk, finding=finding))

    def _skip(self, chunk: ChunkRef, reason: str, **more: object) -> None:
        self._log.info(Event.CHUNK_SKIPPED, chunk=layout.chunk_id(chunk), reason=reason, **more)
