"""Which fields of a job may change after its creation."""

from __future__ import annotations

from typing import Any

from .job import FaceSwapJob

MUTABLE = frozenset({"priority", "completeWithin", "budget", "placement", "suspend", "ttlSecondsAfterFinished"})
"""Fields of the specification that may change: none of them decides a byte of the result."""


def immutable_spec(job: FaceSwapJob) -> dict[str, Any]:
    """The specification without what may change; defaults are written out, so that they count as given."""
    whole = job.spec.model_dump(mode="json", exclude_none=True)
    return {field: value for field, value in whole.items() if field not in MUTABLE}
