"""What keeps everything that was begun of a job from working, so that its status can say it. Changes nothing. Pure."""

from __future__ import annotations

from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason

from .observed import AttemptView, Observed
from .seen import JobState, PodState


def hindrance(seen: Observed) -> Finding | None:
    """What somebody has to look at; None where anything works, is ending, or waits for a node."""
    found = [_of(attempt, attempt.job, seen) if attempt.running else None for attempt in seen.live()]
    return found[0] if all(found) and found else None


def _of(attempt: AttemptView, job: JobState | None, seen: Observed) -> Finding | None:
    if job is not None and job.suspended:
        said = (
            f"Job {job.name} is suspended until the queue of pool {attempt.pool} admits it; "
            f"kubectl describe workloads -n {seen.ref.namespace} says what for: if nothing does, there is no such queue"
        )
        return Finding(reason=Reason.QUEUED, message=said)
    stuck = [(pod.name, why) for pod in attempt.pods if not pod.ended and (why := _why(pod))]
    if stuck and len(stuck) == sum(not pod.ended for pod in attempt.pods):
        name, why = stuck[0]
        return Finding(reason=Reason.NOT_STARTED, message=f"pod {name} in {attempt.pool} cannot start: {why}")
    return None


def _why(pod: PodState) -> str:
    """What is wrong with the pod itself; empty where it runs, or waits for a node."""
    return pod.stuck or (pod.unscheduled.message if pod.unscheduled and pod.unscheduled.own_fault else "")
