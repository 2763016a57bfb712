"""In which order jobs are looked at that are due together. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from hybridface_operator.policy.types import PRIORITIES, moment
from hybridface_operator.routing.allocate import NEVER
from hybridface_operator.spec.types import seconds

_FIRST = -len(PRIORITIES)


def turn(body: Mapping[str, Any] | None) -> tuple[int, datetime, datetime]:
    """As placement serves them: priority, deadline, age. So whoever was looked at first is also placed first.

    What its object does not tell, or not in a way that can be read, puts a job first: so does that it is gone.
    """
    if body is None:
        return _FIRST, NEVER, NEVER
    spec = body.get("spec") or {}
    try:
        created = moment(body["metadata"]["creationTimestamp"])
        within = spec.get("completeWithin")
        deadline = created + timedelta(seconds=seconds(within)) if within else NEVER
        return -PRIORITIES.index(spec.get("priority", "normal")), deadline, created
    except (KeyError, TypeError, ValueError, OverflowError):
        return _FIRST, NEVER, NEVER
