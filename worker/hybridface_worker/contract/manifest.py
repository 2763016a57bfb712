"""The records that workers leave: a chunk's manifest, its try markers, an output's report, and how a worker ended."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .document import Document, Part
from .plan import ChunkRef
from .probe import Finding
from .spec import JobRef


class FaceCount(Part):
    """How many faces were swapped in each frame of a half-open range."""

    start: int
    end: int
    faces: int


class Stages(Part):
    """Milliseconds that each stage was busy with the chunk."""

    decode: float = 0
    detect: float = 0
    align: float = 0
    swap: float = 0
    restore: float = 0
    paste: float = 0
    encode: float = 0


class RefusedPosition(Part):
    """An image of a chunk of images that could not be worked; the others of the chunk were."""

    position: int
    """Within the unit."""
    finding: Finding


class ChunkManifest(Document):
    """`done/...json`: the single commit point of a chunk. Written last, and only if absent."""

    chunk: ChunkRef
    outcome: Literal["done", "failed"]
    finding: Finding | None = None
    """Why it failed."""
    data: str | None = None
    """Key of the data below the job's prefix."""
    sha256: str | None = None
    size: int | None = None
    frames: int = 0
    faces: tuple[FaceCount, ...] = ()
    concealed: tuple[int, ...] = ()
    """Frames that did not decode and stand as the decoder's concealed picture, unswapped."""
    refused: tuple[RefusedPosition, ...] = ()
    """Images left out of the data."""
    extradata_sha256: str | None = None
    stages: Stages = Stages()
    batch: int = 1
    attempt: int
    shard: int
    worker: str
    finished_at: str
    """RFC 3339, UTC."""


class TryMarker(Document):
    """`tries/<attempt>/<chunk>/<n>.json`: written before a chunk is begun, only if absent."""

    chunk: ChunkRef
    attempt: int
    number: int
    worker: str
    """The pod's name, or the local worker's."""


class WorkerExit(Document):
    """`exits/<worker>.json`: written by the coordinator when a worker ended; what it had marked is a try, or is not."""

    worker: str
    attempt: int
    shard: int
    status: int
    """The exit status; minus the signal's number where a signal ended it."""
    counts: bool
    """Whether chunks it had begun and not committed have been tried once."""


class OutputReport(Document):
    """`merged/<source>/<target>/<item>.json`, and beside the output as its `report.json`."""

    job: JobRef
    source: str
    target: str
    item: int
    uri: str
    outcome: Literal["published", "failed"]
    published: Literal["merged", "sourceBytes"] | None = None
    finding: Finding | None = None
    notes: tuple[Finding, ...] = ()
    sha256: str | None = None
    size: int | None = None
    frames: int = 0
    frames_with_faces: int = 0
    faces: int = Field(0, ge=0)
    concealed: tuple[int, ...] = ()
    chunks: int = 0
    stages: Stages = Stages()
    models: dict[str, str] = {}
    """Name of each model used and its licence."""
    consent: str | None = None
    sheet: str | None = None
    """URI of the contact sheet."""


class IndexEntry(Part):
    """One output in the index."""

    source: str
    target: str
    item: int
    uri: str
    outcome: Literal["published", "failed", "refused"]
    published: Literal["merged", "sourceBytes"] | None = None
    finding: Finding | None = None
    sha256: str | None = None
    report: str | None = None
    sheet: str | None = None


class OutputIndex(Document):
    """`<output>/_hybridface/<namespace>.<name>/index.json`: every output of the job."""

    job: JobRef
    outputs: tuple[IndexEntry, ...]
