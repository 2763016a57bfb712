"""Conditions as kstatus reads them, and how they follow from where a job stands.

kstatus: a job is `InProgress` while Reconciling is true or Ready is not yet, `Failed` while Stalled is true, `Current`
once Ready is true. A job that waits for room, for however long, is in progress; one that failed, or may not run until
somebody changes something, is stalled; one that is suspended is neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hybridface_operator.spec.status import Condition, ConditionType, FaceSwapJobStatus, JobPhase

from .actions import JobStanding

Truth = Literal["True", "False", "Unknown"]


@dataclass(frozen=True)
class ConditionWriter:
    """Writes conditions of one job at one moment; what holds still keeps the time since when it does."""

    before: FaceSwapJobStatus
    generation: int
    now: datetime

    def condition(self, kind: ConditionType, status: Truth, reason: str, message: str) -> Condition:
        """One condition."""
        old = next((each for each in self.before.conditions if each.type is kind), None)
        same = old is not None and old.status == status
        return Condition(
            type=kind,
            status=status,
            reason=reason,
            message=message,
            last_transition_time=old.last_transition_time if old and same else self.now.isoformat(timespec="seconds"),
            observed_generation=self.generation,
        )

    def standing(self, standing: JobStanding, reason: str, message: str) -> Iterator[Condition]:
        """Those that every job has."""
        table = {
            ConditionType.READY: standing is JobStanding.COMPLETE,
            ConditionType.RECONCILING: standing is JobStanding.GOING,
            ConditionType.STALLED: standing in (JobStanding.STUCK, JobStanding.FAILED),
            ConditionType.COMPLETE: standing is JobStanding.COMPLETE,
            ConditionType.FAILED: standing is JobStanding.FAILED,
            ConditionType.SUSPENDED: standing is JobStanding.HELD,
        }
        for kind, holds in table.items():
            yield self.condition(kind, "True" if holds else "False", reason, message)


def unreadable(writer: ConditionWriter, reason: str, message: str, *, final: bool) -> FaceSwapJobStatus:
    """The status of a job whose specification cannot be read: nothing else is known of it.

    Where that is not final, all that was said of it stays.
    """
    before, at = writer.before, writer.now.isoformat(timespec="seconds")
    stands = tuple(writer.standing(JobStanding.FAILED if final else JobStanding.STUCK, reason, message))
    if final:
        return FaceSwapJobStatus(
            observed_generation=writer.generation,
            conditions=stands,
            phase=JobPhase.FAILED,
            start_time=before.start_time or at,
            completion_time=before.completion_time or at,
        )
    known = {condition.type for condition in stands}
    kept = tuple(condition for condition in before.conditions if condition.type not in known)
    return before.model_copy(
        update={
            "observed_generation": writer.generation,
            "conditions": stands + kept,
            "phase": JobPhase.WAITING,
            "start_time": before.start_time or at,
        }
    )
