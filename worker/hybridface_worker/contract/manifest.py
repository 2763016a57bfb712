"""The records that workers leave: a chunk's manifest, its try markers, an output's report, and how a worker ended."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .document import Part, Report
from .fields import Count, Milliseconds, Rational, RelativePath, Segment, Sha256, Time, Uri
from .plan import ChunkRef
from .probe import Finding
from .spec import JobRef


class FaceCount(Part):
    """How many faces were swapped in each frame of a half-open range."""

    start: Count
    """The first frame or image, counted in the unit."""
    end: Count
    """The one after the last."""
    faces: Count
    """In each of them."""


class Stages(Part):
    """Milliseconds of each stage for the chunk; what was done for several sources at once is divided among them."""

    decode: Milliseconds = 0
    """Compressed data to samples."""
    detect: Milliseconds = 0
    """Scaling frames down, and detecting faces."""
    recognise: Milliseconds = 0
    """Comparing faces with the people who are looked for."""
    align: Milliseconds = 0
    """Tracking, aligning and cropping faces, and finding what occludes them."""
    swap: Milliseconds = 0
    """Swapping faces."""
    restore: Milliseconds = 0
    """Restoring swapped faces."""
    paste: Milliseconds = 0
    """Pasting them into the frames."""
    encode: Milliseconds = 0
    """Samples to compressed data."""


ModelStage = Literal["detect", "recognise", "occlude", "swap", "restore"]
"""A stage that calls a model."""


class Calls(Part):
    """Calls of one kind of model with the same batch size."""

    stage: Segment
    """What the model does: `detect`, `recognise`, `occlude`, `swap` or `restore`."""
    size: int = Field(ge=1)
    """Frames or crops in each call."""
    count: int = Field(ge=1)
    """How many calls."""


class Usage(Part):
    """Resources that were used; of a chunk, since the worker's previous chunk, so that sums count nothing twice."""

    devices: tuple[Segment, ...] = ()
    """What ran the models: `cpu`, `cuda` or `tensorrt`."""
    elapsed: Milliseconds = 0
    """From the end of the worker's previous chunk, or from its start, to the end of this one."""
    device_busy: Milliseconds = 0
    """Of that, the time in which at least one model ran, with copies to the device and back."""
    gpu_seconds: Annotated[float, Field(ge=0)] = 0
    """`elapsed` in seconds if the device is a GPU, which is held all the time."""
    calls: tuple[Calls, ...] = ()
    """Batch sizes of the models' calls, and how often each occurred."""
    halvings: Count = 0
    """How often memory ran out, and the call was repeated with half of the batch."""
    peak_memory: Count = 0
    """Peak memory of the worker's process in bytes, when the chunk was finished."""


class RefusedPosition(Part):
    """An image of a chunk that could not be processed; the others were."""

    position: Count
    """Within the unit."""
    finding: Finding
    """Why."""


class ChunkManifest(Report):
    """`done/...json`: the single commit point of a chunk. Written last, and only if absent."""

    chunk: ChunkRef
    """Which chunk."""
    outcome: Literal["done", "failed"]
    """Whether there is data."""
    finding: Finding | None = None
    """Why it failed."""
    data: RelativePath | None = None
    """Key of the data below the job's prefix."""
    sha256: Sha256 | None = None
    """Digest of the data."""
    size: Count | None = None
    """Bytes of the data."""
    frames: Count = 0
    """Frames or images in the data."""
    seconds: Rational | None = None
    """How long the frames are shown, by the video's frame table; absent of images."""
    faces: tuple[FaceCount, ...] = ()
    """Runs of frames with the same number of faces, in order, without gaps."""
    concealed: tuple[Count, ...] = ()
    """Frames that did not decode and stand as the decoder's concealed picture, unswapped."""
    refused: tuple[RefusedPosition, ...] = ()
    """Images left out of the data."""
    extradata_sha256: Sha256 | None = None
    """Digest of the encoder's parameter sets: chunks of one video are joined only where it is the same."""
    stages: Stages = Stages()
    """How long each stage was busy."""
    usage: Usage = Usage()
    """The resources that it used."""
    batch: int = Field(1, ge=1)
    """Crops that were swapped in one call, at most, when it was finished."""
    attempt: int = Field(ge=1)
    """The attempt that committed it."""
    shard: Count
    """The shard of that attempt."""
    worker: Segment
    """Who committed it: a pod, a local worker, or `coordinator`."""
    finished_at: Time
    """When."""


class TryMarker(Report):
    """`tries/<attempt>/<chunk>/<n>.json`: written before a chunk is begun, only if absent."""

    chunk: ChunkRef
    """Which chunk."""
    attempt: int = Field(ge=1)
    """In which attempt."""
    number: int = Field(ge=1)
    """Which try of the chunk in that attempt, counted from 1."""
    worker: Segment
    """The pod's name, or the local worker's."""


class WorkerExit(Report):
    """`exits/<worker>.json`: written by the coordinator when a worker ended; what it had marked is a try, or is not."""

    worker: Segment
    """The pod's name, or the local worker's; no two workers of a job have the same."""
    attempt: int = Field(ge=1)
    """The attempt that it worked for."""
    shard: Count
    """Its shard."""
    status: int = Field(ge=-64, le=255)
    """The exit status; minus the signal's number where a signal ended it."""
    counts: bool
    """Whether chunks it had begun and not committed have been tried once."""
    said: Annotated[str, Field(max_length=512)] = ""
    """Why it failed, in its own words, where it said so."""


class OutputReport(Report):
    """`merged/<source>/<target>/<item>.json`, and beside the output as its `report.json`."""

    job: JobRef
    """Whose output it is."""
    source: Segment
    """The source's name."""
    target: Segment
    """The target's name."""
    item: Count
    """Which of the target's objects."""
    uri: Uri
    """Where the output is, or was to be."""
    outcome: Literal["published", "failed"]
    """Whether it is there."""
    published: Literal["merged", "sourceBytes"] | None = None
    """What was published: the chunks' result, or the input's own bytes where no face was selected."""
    finding: Finding | None = None
    """Why it failed."""
    notes: tuple[Finding, ...] = ()
    """What differs from the input beside the faces."""
    sha256: Sha256 | None = None
    """Digest of the output."""
    size: Count | None = None
    """Bytes of the output."""
    frames: Count = 0
    """Frames of the output; 1 of an image."""
    frames_with_faces: Count = 0
    """Those of them in which a face was swapped."""
    faces: Count = 0
    """Faces swapped, over all frames."""
    concealed: tuple[Count, ...] = ()
    """Frames that did not decode and stand as the decoder concealed them."""
    chunks: Count = 0
    """Chunks that it was made of."""
    stages: Stages = Stages()
    """How long each stage was busy, over all chunks."""
    usage: Usage = Usage()
    """The resources that were used, over all chunks."""
    models: dict[Segment, str] = {}
    """Name of each model used and its licence."""
    consent: str | None = None
    """The reference of the consent that it rests on."""
    sheet: Uri | None = None
    """URI of the contact sheet."""


class IndexEntry(Part):
    """One output in the index."""

    source: Segment
    """The source's name."""
    target: Segment
    """The target's name."""
    item: Count
    """Which of the target's objects."""
    uri: Uri
    """Where the output is, or was to be; of a refused item the input's."""
    outcome: Literal["published", "failed", "refused"]
    """Whether it is there, failed, or was refused before anything was worked."""
    published: Literal["merged", "sourceBytes"] | None = None
    """What was published, as in the report."""
    finding: Finding | None = None
    """Why it is not there."""
    sha256: Sha256 | None = None
    """Digest of the output."""
    report: Uri | None = None
    """URI of the report."""
    sheet: Uri | None = None
    """URI of the contact sheet."""


class OutputIndex(Report):
    """`<output>/_hybridface/<namespace>.<name>/index.json`: every output of the job."""

    job: JobRef
    """Whose outputs they are."""
    outputs: tuple[IndexEntry, ...]
    """Source by source in the plan's order, then what was refused."""
