"""Names of the log events that others act on. A worker writes them as JSON lines on standard output.

Each line has `timestamp, level, event`; beside them, where it applies, `job, uid, phase, attempt, shard, chunk`.
"""

from __future__ import annotations

from enum import StrEnum


class Event(StrEnum):
    """An event that a coordinator, a progress bar or a test may wait for."""

    SHARD_STARTED = "shard.started"
    ITEM_PROBED = "item.probed"
    """target, item; refused: a reason code, where it was."""
    INPUT_READ = "input.read"
    """uri, size, bytes_fetched: an input was opened, read in ranges, and closed."""
    MODEL_CACHED = "model.cached"
    """model, sha256, bytes, bytes_fetched, seconds: its file is in the cache and has its digest; 0 fetched: it was."""
    MODEL_USED = "model.used"
    """model, kind, format, licence, sha256: told once of each model that a process loads."""
    ENGINE_FOUND = "engine.found"
    """engine, bytes_fetched, seconds: what was made of a model before is used again; 0 fetched: it was here."""
    ENGINE_NOT_STORED = "engine.notStored"
    """engine, reason, message: storage did not give or take it, or its folder; it was made here."""
    ENGINE_NOT_BUILT = "engine.notBuilt"
    """message: a model is none for TensorRT, or is not recorded as a graph; CUDA runs it all the same."""
    PROGRESS = "progress"
    """frames: frames (or images) of the shard that have left the last stage since the event before."""
    BATCH_HALVED = "batch.halved"
    """stage, batch, message: memory ran out, and from now on calls of that stage have so many pictures at most."""
    CHUNK_STARTED = "chunk.started"
    CHUNK_COMMITTED = "chunk.committed"
    """chunk, outcome, frames, faces: the number of faces swapped."""
    CHUNK_SKIPPED = "chunk.skipped"
    """chunk, reason: committed by another, or at the limit of tries."""
    OUTPUT_PUBLISHED = "output.published"
    """uri, published."""
    OUTPUT_FAILED = "output.failed"
    """uri, reason, message."""
    REPORT_NOT_WRITTEN = "report.notWritten"
    """uri, reason, message: a report or contact sheet could not be put beside its output, which stands."""
    SHARD_DONE = "shard.done"
    FAILED = "failed"
    """reason, message, exit_code: the process ends."""
