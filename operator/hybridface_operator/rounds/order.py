"""In which order jobs are reconciled that are due together. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from hybridface_operator.policy.types import moment
from hybridface_operator.routing.allocate import precedence
from hybridface_operator.spec.objects import Body
from hybridface_operator.spec.types import seconds

_Turn = tuple[()] | tuple[int, datetime, datetime]
_FIRST: _Turn = ()


def turn(body: Body | None) -> _Turn:
    """As placement serves them, so whoever was reconciled first is also placed first.

    What its object does not tell, or not in a way that can be read, puts a job first: so does that it is gone.
    """
    if body is None:
        return _FIRST
    spec = body.get("spec") or {}
    try:
        created = moment(body["metadata"]["creationTimestamp"])
        within = spec.get("completeWithin")
        deadline = created + timedelta(seconds=seconds(within)) if within else None
        return precedence(spec.get("priority", "normal"), deadline, created)
    except (KeyError, TypeError, ValueError, OverflowError):
        return _FIRST
