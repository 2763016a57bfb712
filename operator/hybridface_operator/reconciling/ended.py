"""What workers and attempts that have ended leave to be written down."""

from __future__ import annotations

from collections.abc import Iterator

from hybridface_operator.planning.tries import counts
from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.contract.manifest import WorkerExit

from .actions import RecordEnd, RecordExit
from .observed import AttemptView, Observed
from .records import AttemptEnd, EndCause
from .seen import PodState


def records(seen: Observed) -> Iterator[RecordExit | RecordEnd]:
    """What is to be written down before anything else is decided."""
    for attempt in seen.live():
        for pod in attempt.pods:
            over = pod.ended or pod.lingers(seen.now, seen.settings.dead_pod_seconds)
            if over and pod.name not in seen.exits and (end := _exit(attempt, pod)) is not None:
                yield RecordExit(end)
        cause = _over(attempt, seen)
        if cause is not None:
            yield RecordEnd(
                AttemptEnd(
                    attempt=attempt.number,
                    pool=attempt.pool,
                    phase=attempt.work.phase,
                    cause=cause,
                    gpu_seconds=round(attempt.gpu_seconds(seen.now), 3),
                    cost=attempt.cost(seen.now),
                    ended_at=seen.now.isoformat(timespec="seconds"),
                    said=attempt.said,
                )
            )


def _over(attempt: AttemptView, seen: Observed) -> EndCause | None:
    """Why nothing of the attempt runs any more; None while something does."""
    job = attempt.job
    if job is not None and not job.finished:
        return None
    patience = seen.settings.dead_pod_seconds
    if not all(pod.overdue(seen.now, patience) for pod in attempt.left):
        return None
    if attempt.ending is not None:
        return attempt.ending
    return EndCause.FINISHED if job is not None else EndCause.VANISHED


def _exit(attempt: AttemptView, pod: PodState) -> WorkerExit | None:
    """How the pod's worker ended, unless it had done its work.

    A pod that failed without its worker having run, or that is gone without a word, was no cause of anything.
    """
    if pod.exit_code == ExitCode.DONE or (pod.exit_code is None and pod.phase == "Succeeded"):
        return None
    status = ExitCode.TERMINATED if pod.exit_code is None else pod.exit_code
    stopped = pod.disrupted or pod.deleting_since is not None or attempt.ending is not None
    return WorkerExit(
        worker=pod.name,
        attempt=attempt.number,
        shard=pod.index,
        status=status,
        counts=counts(status, told_to_stop=stopped),
        said=pod.said,
    )
