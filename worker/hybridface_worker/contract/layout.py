"""Keys of a job's objects, below the job's prefix. Keys of frames and items are zero-padded: they sort as counted."""

from __future__ import annotations

from .plan import IMAGES, MAPPED, ChunkRef
from .spec import JobRef

INPUTS = "inputs.json"
PLAN = "plan.json"

PUBLISHED = "_hybridface"
"""The folder, beside the outputs, of what is said about them."""

OUTPUT_UID = "hybridface-uid"
"""Metadata of a published object: the uid of the job that it is of."""
OUTPUT_SHA256 = "hybridface-sha256"
"""Metadata of a published object: the digest of its bytes."""


def job_prefix(cluster: str, uid: str) -> str:
    """Where a job's objects are, below the work bucket."""
    return f"{cluster}/jobs/{uid}/"


def probe_result(shard: int) -> str:
    """What a Probe shard found."""
    return f"probe/{shard:06d}.json"


def frame_index(target: str, item: int) -> str:
    """A video's packet and frame tables."""
    return f"probe/{target}/{item:06d}.npz"


def attempt(number: int) -> str:
    """The task of an attempt."""
    return f"attempts/{number:06d}.json"


def attempt_end(number: int) -> str:
    """How an attempt ended."""
    return f"ended/{number:06d}.json"


def decision(number: int) -> str:
    """A decision on where the job's work goes, with all that it rests on."""
    return f"decisions/{number:06d}.json"


def video_unit(item: int) -> str:
    """The name of a video's unit."""
    return f"v{item:06d}"


def chunk_id(chunk: ChunkRef) -> str:
    """`<source>/<target>/<unit>/<start>-<end>`, unique within the job."""
    return f"{chunk.source}/{chunk.target}/{chunk.unit}/{chunk.start:08d}-{chunk.end:08d}"


def chunk_data(chunk: ChunkRef, sha256: str) -> str:
    """The encoded frames or images of a chunk, by their digest."""
    suffix = "tar" if chunk.unit == IMAGES else "mkv"
    return f"chunks/{chunk_id(chunk)}.{sha256}.{suffix}"


def chunk_manifest(chunk: ChunkRef) -> str:
    """The commit point of a chunk."""
    return f"done/{chunk_id(chunk)}.json"


def try_marker(attempt_number: int, chunk: ChunkRef, number: int) -> str:
    """The mark of the n-th try of a chunk within an attempt, counted from 1."""
    return f"tries/{attempt_number:06d}/{chunk_id(chunk)}/{number}.json"


def worker_exit(worker: str) -> str:
    """How a worker ended."""
    return f"exits/{worker}.json"


def output_report(source: str, target: str, item: int) -> str:
    """The commit point of an output."""
    return f"merged/{source}/{target}/{item:06d}.json"


def output_path(source: str, path: str) -> str:
    """An output's path below the output's URI: `<source>/<path>`; `path` is the planned output's.

    Where people are mapped there is one output a target, and it lies under no source's name.
    """
    return path if source == MAPPED else f"{source}/{path}"


def published_folder(job: JobRef) -> str:
    """Where index, reports and contact sheets lie, below the output's URI."""
    return f"{PUBLISHED}/{job.namespace}.{job.name}/"


def published_report(job: JobRef, source: str, path: str) -> str:
    """An output's report, below the output's URI; `path` is the planned output's."""
    return f"{published_folder(job)}{output_path(source, path)}.report.json"


def published_sheet(job: JobRef, source: str, path: str) -> str:
    """An output's contact sheet, below the output's URI."""
    return f"{published_folder(job)}{output_path(source, path)}.sheet.png"


def published_index(job: JobRef) -> str:
    """The list of all of the job's outputs, below the output's URI."""
    return f"{published_folder(job)}index.json"
