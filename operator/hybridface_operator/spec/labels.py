"""Labels and names that tie Kubernetes objects to their FaceSwapJob, for those who write them and who read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

PREFIX: Final = "hybridface.dev/"

JOB: Final = f"{PREFIX}job"
"""The FaceSwapJob's name."""
UID: Final = f"{PREFIX}uid"
"""The FaceSwapJob's uid."""
ATTEMPT: Final = f"{PREFIX}attempt"
"""The attempt's number."""
PHASE: Final = f"{PREFIX}phase"
"""What the attempt does."""
POOL: Final = f"{PREFIX}pool"
"""Where."""
SENSITIVITY: Final = f"{PREFIX}sensitivity"
"""Who may see the data; admission policies read it."""

QUEUE: Final = "kueue.x-k8s.io/queue-name"
"""The LocalQueue that a Job is given to: Kueue's own."""

Phase = Literal["probe", "swap", "merge"]
"""What the pods of an attempt do."""
WORKER: Final = "worker"
"""The container whose end is the pod's."""
PRELOAD: Final = "preload"
"""The init container that fetches models."""


def controller_uid(body: Mapping[str, Any]) -> str | None:
    """The uid of the object that controls this one; None where none does."""
    references = body["metadata"].get("ownerReferences", ())
    return next((reference["uid"] for reference in references if reference.get("controller")), None)
