"""Jobs that make no pods although they might: quota or admission refuses them."""

from __future__ import annotations

from datetime import datetime, timedelta

from .observed import AttemptView, Observed

_LONGEST_BACK_OFF_SECONDS = 600
"""So long a Job waits at most before it replaces a pod that failed: its controller's MaxJobPodFailureBackOff."""


def quiet_since(attempt: AttemptView) -> datetime | None:
    """Since when its Job could have made pods, and made none; None where it may not.

    A Job waits before it replaces a pod that failed: that time is not counted. By the clock of a node that is behind, a
    pod would have ended long ago at the moment it does.
    """
    job = attempt.job
    if job is None or job.suspended or job.started is None:
        return None
    back_off = timedelta(seconds=_LONGEST_BACK_OFF_SECONDS)
    ends = (
        (pod.told or pod.finished or pod.created) + (back_off if pod.exit_code else timedelta()) for pod in attempt.pods
    )
    return max((job.started, *ends))


def makes_no_pods(attempt: AttemptView, seen: Observed) -> bool:
    """Whether its Job could have made pods for so long that something, such as a quota, must keep it from that."""
    since = quiet_since(attempt)
    return since is not None and (seen.now - since).total_seconds() > seen.settings.unscheduled_seconds
