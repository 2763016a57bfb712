"""FaceSwapJobs that are over, in the model of the API, and a work folder with their scratch."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from hybridface_operator.kube.api import Kind
from hybridface_operator.rounds.mirror import Mirror
from support.fake_api import FakeApi
from support.jobs import manifest

NAMESPACE = "studio"
ENDED = datetime(2026, 5, 1, 12, tzinfo=UTC)
TTL_SECONDS = 600
LATER = ENDED + timedelta(seconds=TTL_SECONDS)


def finished(
    api: FakeApi, name: str, *, condition: str = "Complete", status: dict[str, Any] | None = None, **spec: Any
):
    """A job that ended at ENDED. Returns its uid."""
    body = manifest(ttlSecondsAfterFinished=TTL_SECONDS, **spec)
    body["metadata"] = {"name": name, "namespace": NAMESPACE}
    at = ENDED.isoformat()
    body["status"] = {
        "phase": "Completed" if condition == "Complete" else "Failed",
        "startTime": (ENDED - timedelta(hours=1)).isoformat(),
        "completionTime": at,
        "conditions": [
            {
                "type": condition,
                "status": "True",
                "reason": "AllPublished" if condition == "Complete" else "NoFrames",
                "message": "as it happened",
                "lastTransitionTime": at,
            }
        ],
        "outputs": {"count": 2, "failed": 1},
        **(status or {}),
    }
    return api.make(Kind.FACE_SWAP_JOB, body)["metadata"]["uid"]


def mirrored(api: FakeApi) -> Mirror:
    """All jobs and Jobs that are there, as watches tell of them; jobs are slimmed, as those that are over are."""
    mirror = Mirror()
    for kind in (Kind.FACE_SWAP_JOB, Kind.JOB):
        for body in asyncio.run(api.list(kind)):
            mirror.see(kind, body)
    for uid in list(mirror.face_swap_jobs()):
        mirror.slim(uid)
    return mirror


def attempt_job(name: str, uid: str) -> dict[str, Any]:
    """A Job of an attempt of that job."""
    labels = {
        "hybridface.dev/uid": uid,
        "hybridface.dev/attempt": "1",
        "hybridface.dev/phase": "swap",
        "hybridface.dev/pool": "private",
    }
    return {"metadata": {"name": name, "namespace": NAMESPACE, "labels": labels}, "spec": {"completions": 1}}
