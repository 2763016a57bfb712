"""The operator's exceptions. The class says what the command that ran into it exits with."""

from __future__ import annotations

from typing import ClassVar

from hybridface_worker.contract.reasons import Reason


class OperatorError(Exception):
    """Base of all. The message says what was wrong, where, and what to do."""

    exit_status: ClassVar[int] = 1


class UsageError(OperatorError):
    """What was asked for cannot be: wrong use, or a wrong input."""

    exit_status = 2


class JobRefused(UsageError):
    """The job cannot be done as it is specified; nothing of it was worked."""

    def __init__(self, reason: Reason, message: str) -> None:
        self.reason = reason
        super().__init__(message)


class JobBusyError(UsageError):
    """Another process works at the same job."""


class JobStopped(OperatorError):
    """The job cannot go on. What was committed stays, and the same command goes on from there."""


class Interrupted(OperatorError):
    """Somebody asked to stop. What was committed stays, and the same command goes on from there."""
