"""What keeps everything that was begun of a job from working, so that its status can say it. Changes nothing. Pure."""

from __future__ import annotations

from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason

from .observed import AttemptView, Observed
from .seen import JobState, PodState

_HANDED_BACK: dict[int, Reason] = {
    ExitCode.SERVICE_AWAY: Reason.SERVICE_AWAY,
    ExitCode.CANNOT_WRITE: Reason.STORAGE_FULL,
}


_WORKLOAD_OF = "kueue.x-k8s.io/job-uid"
"""By this label Kueue's Workload of a Job is found."""


def hindrance(seen: Observed) -> Finding | None:
    """What somebody has to look at; None where anything works, is ending, or waits for a node."""
    found = [_of(attempt, attempt.job, seen) if attempt.running else None for attempt in seen.live()]
    return found[0] if all(found) and found else None


def _of(attempt: AttemptView, job: JobState | None, seen: Observed) -> Finding | None:
    if job is not None and job.suspended:
        return Finding(reason=Reason.QUEUED, message=_suspended(job, attempt.pool, seen.ref.namespace))
    left = attempt.left
    if not left:
        return _handed_back(attempt)
    stuck = [(pod.name, why) for pod in left if (why := _why(pod))]
    if len(stuck) == len(left):
        name, why = stuck[0]
        return Finding(reason=Reason.NOT_STARTED, message=f"pod {name} in {attempt.pool} cannot start: {why}")
    return None


def _suspended(job: JobState, pool: str, namespace: str) -> str:
    if not job.queue:
        return f"Job {job.name} is suspended and in no queue: resume it, or give pool {pool} a queueName"
    look = f"kubectl describe workloads -n {namespace} -l {_WORKLOAD_OF}={job.uid}"
    return f"Job {job.name} is suspended until queue {job.queue} of pool {pool} admits it; {look} says what for"


def _handed_back(attempt: AttemptView) -> Finding | None:
    """Why the pod that ended last did, where that was no fault of the work: its Job waits, and tries again."""
    last = max(attempt.pods, key=lambda pod: pod.finished or pod.created, default=None)
    reason = _HANDED_BACK.get(last.exit_code or 0) if last else None
    if last is None or reason is None:
        return None
    said = last.said or "its log says why"
    return Finding(reason=reason, message=f"pod {last.name} in {attempt.pool} handed its work back: {said}")


def _why(pod: PodState) -> str:
    """What is wrong with the pod itself; empty where it runs, or waits for a node."""
    return pod.stuck or (pod.unscheduled.message if pod.unscheduled and pod.unscheduled.own_fault else "")
