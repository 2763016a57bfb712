"""What controllers say in events, of which only the last counts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

FAILED_CREATE = "FailedCreate"
"""The reason of a Job's controller where a pod was refused."""
_PREFIX = "Error creating: "


def last_note(events: Iterable[Mapping[str, Any]]) -> str:
    """The note of the newest, without what its controller writes before the API server's words; empty where none is.

    One that says the same again counts up, and tells when it last did.
    """
    newest = max(events, key=_when, default=None)
    return str(newest.get("note") or "").removeprefix(_PREFIX) if newest else ""


def _when(event: Mapping[str, Any]) -> datetime:
    told = event.get("deprecatedLastTimestamp") or event.get("eventTime") or event["metadata"]["creationTimestamp"]
    return datetime.fromisoformat(told)
