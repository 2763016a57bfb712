"""When a job is to be reconciled again although nothing happens: something becomes overdue, or consent expires."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from hybridface_operator.policy.types import moment

from .observed import Observed
from .podless import quiet_since


def wake(seen: Observed) -> datetime | None:
    """The next of those times; None where none is to come."""
    return min((time for time in _times(seen) if time > seen.now), default=None)


def _times(seen: Observed) -> Iterator[datetime]:
    """A second later than what is judged then: it is overdue once more time has passed than it may take."""
    dead = timedelta(seconds=seen.settings.dead_pod_seconds + 1)
    unscheduled = timedelta(seconds=seen.settings.unscheduled_seconds + 1)
    for attempt in seen.attempts:
        for pod in attempt.left:
            if pod.deleting_since:
                yield pod.deleting_since + dead
    for attempt in seen.live():
        for pod in attempt.left:
            if pod.unscheduled:
                yield pod.unscheduled.since + unscheduled
            if pod.idle_since:
                yield pod.idle_since + dead
        if attempt.job and not attempt.job.suspended and not attempt.left:
            yield (quiet_since(attempt) or attempt.job.created) + unscheduled
    if expires := seen.job.spec.consent.expires:
        yield moment(expires)
