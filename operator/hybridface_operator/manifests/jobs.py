"""The Indexed Job of an attempt. Retries within a pool are the Job's business; moving work is not."""

from __future__ import annotations

from typing import Any

from hybridface_operator.policy.inventory import Inventory, Pool
from hybridface_operator.spec.labels import QUEUE
from hybridface_worker.contract.exit_codes import ExitCode

from .attempt import AttemptRef, JobContext, job_name, labels, owner_reference
from .pods import container_names, pod_template
from .settings import PodSettings

_FEWEST_PODS = "kueue.x-k8s.io/job-min-parallelism"
"""Kueue may admit the Job with so many pods at a time. It refuses the annotation where the Job has no more anyway."""


def attempt_job(
    context: JobContext, attempt: AttemptRef, pool: Pool, inventory: Inventory, settings: PodSettings
) -> dict[str, Any]:
    """The Job, in the FaceSwapJob's namespace; where Kueue admits, suspended and with the pool's queue."""
    metadata: dict[str, Any] = {
        "name": job_name(context.job.name, attempt.phase, attempt.number),
        "namespace": context.job.namespace,
        "labels": settings.labels(context.labels) | labels(context, attempt),
        "ownerReferences": [owner_reference(context.job)],
    }
    spec: dict[str, Any] = {
        "completionMode": "Indexed",
        "completions": attempt.shards,
        "parallelism": attempt.parallelism,
        "backoffLimitPerIndex": settings.retries_per_shard,
        "podReplacementPolicy": "Failed",
        "podFailurePolicy": {"rules": _failure_rules(container_names(context))},
        "template": pod_template(context, attempt, pool, inventory, settings),
    }
    if pool.queue_name is not None:
        metadata["labels"][QUEUE] = pool.queue_name
        spec["suspend"] = True
        if attempt.parallelism > 1:
            metadata["annotations"] = {_FEWEST_PODS: "1"}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}


def _failure_rules(containers: tuple[str, ...]) -> list[dict[str, Any]]:
    """The first that matches holds: no fault of the work, then what no retry here helps. All else counts as a retry."""
    rules: list[dict[str, Any]] = [
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
    ]
    for action, codes in (
        ("Ignore", (ExitCode.SERVICE_AWAY, ExitCode.CANNOT_WRITE)),
        ("FailIndex", (ExitCode.BAD_TASK, ExitCode.LACKS_PLAN)),
    ):
        for container in containers:
            values = {"containerName": container, "operator": "In", "values": [int(code) for code in codes]}
            rules.append({"action": action, "onExitCodes": values})
    return rules
