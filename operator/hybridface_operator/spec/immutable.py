"""What of a job may change after its creation, and what makes two jobs the same work."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from .job import FaceSwapJob

MUTABLE = frozenset({"priority", "completeWithin", "budget", "placement", "suspend", "ttlSecondsAfterFinished"})
"""Fields of the specification that may change: none of them decides a byte of the result."""


def immutable_spec(job: FaceSwapJob) -> dict[str, Any]:
    """The specification without what may change; defaults are written out, so that they count as given."""
    whole = job.spec.model_dump(mode="json", exclude_none=True)
    return {field: value for field, value in whole.items() if field not in MUTABLE}


def immutable_digest(job: FaceSwapJob) -> str:
    """The digest, in hexadecimal, of namespace, name and what may not change: what tells local runs apart."""
    document = {"namespace": job.metadata.namespace, "name": job.metadata.name, "spec": immutable_spec(job)}
    canonical = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def immutable_changes(before: FaceSwapJob, after: FaceSwapJob) -> list[str]:
    """The fields of the specification that differ and may not."""
    old, new = immutable_spec(before), immutable_spec(after)
    return [f"spec.{field}" for field in sorted(old.keys() | new.keys()) if old.get(field) != new.get(field)]
