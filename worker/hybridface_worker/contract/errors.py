"""The worker's exceptions. The class says who is at fault, and with which exit code the process ends."""

from __future__ import annotations

from typing import ClassVar

from .exit_codes import ExitCode
from .reasons import Reason


class WorkerError(Exception):
    """Base of all. `reason` is the code, the message says what was wrong, where, and what to do."""

    exit_code: ClassVar[ExitCode] = ExitCode.DEFECT

    def __init__(self, reason: Reason, message: str) -> None:
        self.reason = reason
        self.message = message
        super().__init__(message)


class InputRefused(WorkerError):
    """One input, chunk or output is bad: it is recorded with the reason, and everything else goes on."""


class TaskError(WorkerError):
    """The task is wrong as a whole: no retry helps."""

    exit_code = ExitCode.BAD_TASK


class LacksPlanError(WorkerError):
    """This node lacks what the plan names; the work is handed back."""

    exit_code = ExitCode.LACKS_PLAN


class ResourceError(WorkerError):
    """Out of memory even with the smallest batch."""

    exit_code = ExitCode.OUT_OF_MEMORY


class StoreError(WorkerError):
    """Storage failed, after retries for a bounded time."""

    exit_code = ExitCode.SERVICE_AWAY


class ObjectNotFoundError(StoreError):
    """There is no such object."""


class ObjectExistsError(StoreError):
    """The object was to be written only if absent, and is there."""


class ObjectChangedError(StoreError):
    """The object is no longer the one that was listed (If-Match failed)."""


class StoreRefusedError(StoreError):
    """Not allowed, not writable, or no space: retrying does not help until somebody acts."""


class NotWritableError(StoreRefusedError):
    """A disk or a bucket is full, or a folder takes no files: somebody has to act, and then the same work goes on."""

    exit_code = ExitCode.CANNOT_WRITE


def one_line(error: BaseException) -> str:
    """What an error of somebody else's says, without its line breaks."""
    return " ".join(str(error).split())
