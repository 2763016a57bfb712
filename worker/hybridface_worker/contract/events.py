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
    PROGRESS = "progress"
    """frames: frames (or images) of the shard that have left the last stage since the event before."""
    CHUNK_STARTED = "chunk.started"
    CHUNK_COMMITTED = "chunk.committed"
    """chunk, outcome, frames, faces: the number of faces swapped."""
    CHUNK_SKIPPED = "chunk.skipped"
    """chunk, reason: committed by another, or at the limit of tries."""
    OUTPUT_PUBLISHED = "output.published"
    """uri, published."""
    OUTPUT_FAILED = "output.failed"
    """uri, reason, message."""
    SHARD_DONE = "shard.done"
    FAILED = "failed"
    """reason, message, exit_code: the process ends."""
