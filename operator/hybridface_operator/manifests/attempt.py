"""An attempt as its objects name it: names, labels, owner. Knows nothing of pods."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hybridface_operator.policy.types import PoolName, Priority, Sensitivity
from hybridface_operator.spec import labels as of
from hybridface_operator.spec.job import API_VERSION, KIND
from hybridface_operator.spec.labels import Phase
from hybridface_worker.contract.spec import JobRef

MAX_JOB_NAME = 63 - len("-99999")
"""The API server wants `<job>-<highest index>` to be a host's name, and there are at most 100,000 indexes."""
_DIGEST_LENGTH = 8


@dataclass(frozen=True)
class JobContext:
    """What every attempt of a FaceSwapJob has in common."""

    job: JobRef
    """Whose work it is."""
    sensitivity: Sensitivity
    """The job's own, or its tenant's least where that is stricter."""
    priority: Priority
    """Names the priority class of its pods."""
    image: str | None = None
    """The worker's image, with the digest that the plan froze; None before there is a plan."""
    preload: bool = False
    """Whether models have to be fetched before the work; built-in ones need not."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """The FaceSwapJob's own."""


@dataclass(frozen=True)
class AttemptRef:
    """One attempt: a phase's part in one pool."""

    number: int
    """Counted over the job's whole life, in all phases, from 1."""
    phase: Phase
    """What its pods do."""
    pool: PoolName
    """Where."""
    shards: int
    """Indexes of its Job, 1 to 100,000."""
    parallelism: int
    """Pods at a time."""
    task: str
    """URI of `attempts/<n>.json`."""


def job_name(job: str, phase: Phase, number: int) -> str:
    """`<job>-<p|s|m>-<number>`; where that is too long the job's name is cut, and a digest tells it from its like."""
    suffix = f"-{phase[0]}-{number}"
    if len(job) + len(suffix) <= MAX_JOB_NAME:
        return job + suffix
    digest = hashlib.sha256(job.encode()).hexdigest()[:_DIGEST_LENGTH]
    room = MAX_JOB_NAME - len(suffix) - len(digest) - 1
    return f"{job[:room].rstrip('-')}-{digest}{suffix}"


def secret_name(sensitivity: Sensitivity, uid: str, number: int) -> str:
    """`hf-<sensitivity>-<uid>-<number>`: who may mount it can be judged by its name alone."""
    return f"hf-{sensitivity}-{uid}-{number}"


def labels(context: JobContext, attempt: AttemptRef) -> dict[str, str]:
    """Labels of everything that belongs to an attempt."""
    return {
        of.JOB: context.job.name,
        of.UID: context.job.uid,
        of.ATTEMPT: str(attempt.number),
        of.PHASE: attempt.phase,
        of.POOL: attempt.pool,
        of.SENSITIVITY: str(context.sensitivity),
    }


def owner_reference(job: JobRef) -> dict[str, Any]:
    """The FaceSwapJob as owner: what it owns goes with it, and does not hold it back."""
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "name": job.name,
        "uid": job.uid,
        "controller": True,
        "blockOwnerDeletion": False,
    }
