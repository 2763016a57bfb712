"""Ends Jobs of FaceSwapJobs that were deleted without what they owned, as `kubectl delete --cascade=orphan` does.

Nobody renews their credentials or counts their GPUs, and a worker whose credentials ran out is tried again for ever.
What still has an owner is left to the garbage collector.
"""

from __future__ import annotations

from typing import cast

import structlog

from hybridface_operator.kube.api import ClusterApi, Kind
from hybridface_operator.manifests.attempt import job_name, secret_name
from hybridface_operator.reconciling.seen import JobState
from hybridface_operator.rounds.mirror import Mirror
from hybridface_operator.spec.labels import JOB, UID, Phase, controller_uid
from hybridface_operator.spec.objects import Body

log = structlog.get_logger()

MOST_AT_ONCE = 20
"""Jobs that one pass looks at: each is asked for by itself."""


async def end_orphans(cluster: ClusterApi, mirror: Mirror) -> int:
    """One pass. Returns how many Jobs it ended. Raises KubeError."""
    ended = 0
    for namespace, job in mirror.left_jobs()[:MOST_AT_ONCE]:
        body = await cluster.get(Kind.JOB, namespace, job.name)
        if body is None or not _is_ours(body, job) or controller_uid(body) is not None:
            continue
        labels = body["metadata"]["labels"]
        owner = await cluster.get(Kind.FACE_SWAP_JOB, namespace, labels[JOB])
        if owner is not None and owner["metadata"]["uid"] == labels[UID]:
            continue
        await cluster.delete_job(namespace, job.name, job.uid)
        if job.sensitivity is not None:
            await cluster.delete_secret(namespace, secret_name(job.sensitivity, labels[UID], job.attempt))
        log.info("orphan.ended", namespace=namespace, job=labels[JOB], uid=labels[UID], attempt=job.attempt)
        ended += 1
    return ended


def _is_ours(body: Body, job: JobState) -> bool:
    """Whether it is that very Job, and called as ours are: anybody may put our labels on a Job of their own."""
    labels = body["metadata"].get("labels") or {}
    owner = labels.get(JOB)
    named = owner is not None and UID in labels and job_name(owner, cast("Phase", job.phase), job.attempt) == job.name
    return named and body["metadata"]["uid"] == job.uid
