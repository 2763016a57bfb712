"""What is read of a FaceSwapJob as the API server shows it, whether or not the rest of it can be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hybridface_worker.contract.spec import JobRef

from .status import FINAL_CONDITIONS

Body = Mapping[str, Any]
"""An object of the API server, as its JSON is."""


def job_ref(body: Body) -> JobRef:
    """Which job an object is."""
    metadata = body["metadata"]
    return JobRef(namespace=metadata["namespace"], name=metadata["name"], uid=metadata["uid"])


def is_over(body: Body) -> bool:
    """Whether the status says that the job has ended, one way or the other."""
    conditions = (body.get("status") or {}).get("conditions") or ()
    return any(each["type"] in FINAL_CONDITIONS and each["status"] == "True" for each in conditions)
