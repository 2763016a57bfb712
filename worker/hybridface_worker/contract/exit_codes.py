"""Exit codes of the worker. A Job's `podFailurePolicy` and the local coordinator read them."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a worker process says with its exit status."""

    DONE = 0
    BAD_TASK = 64
    """The task itself is wrong: no retry helps."""
    SERVICE_AWAY = 69
    """Storage is away or credentials ran out, after waiting: not the work's fault, never counted."""
    DEFECT = 70
    """A defect of the worker: an exception that nobody expected."""
    CANNOT_WRITE = 74
    """A disk or a bucket is full, or takes no files: somebody has to act, and the same work goes on. Never counted."""
    OUT_OF_MEMORY = 75
    """Out of memory even with a batch of one."""
    STALLED = 76
    """The worker's own watchdog saw no progress for too long."""
    LACKS_PLAN = 78
    """This node cannot do what the plan says (an encoder, a model, a device): another pool may."""
    TERMINATED = 143
    """Stopped by SIGTERM. Never 0: an index that exits 0 is complete and never run again."""


COUNTED = frozenset({ExitCode.DEFECT, ExitCode.OUT_OF_MEMORY, ExitCode.STALLED})
"""Exits that are a try of what the worker had begun; an end by a signal is one too. After others it was no cause."""
