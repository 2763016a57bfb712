"""Events about FaceSwapJobs and about the policy: what `kubectl describe` shows."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

from hybridface_operator.spec.job import API_VERSION, KIND
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import JobRef

from .config import POLICY_NAME

CONTROLLER = "hybridface.dev/operator"
MAX_NOTE_BYTES = 1024
_NAME_DIGITS = 16


def job_event(
    job: JobRef,
    *,
    kind: Literal["Normal", "Warning"],
    reason: Reason,
    action: str,
    note: str,
    now: str,
    instance: str,
) -> dict[str, Any]:
    """An event, of `events.k8s.io/v1`.

    Args:
        job: what it is about.
        kind: whether somebody should look.
        reason: the reason code.
        action: what the operator did, one word in CamelCase.
        note: the same in words; cut where it is longer than 1,024 bytes.
        now: RFC 3339, with microseconds.
        instance: the operator's pod.
    """
    regarding = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "name": job.name,
        "namespace": job.namespace,
        "uid": job.uid,
    }
    return _event(regarding, kind, reason, action, note, now, instance)


def policy_event(
    namespace: str,
    uid: str | None,
    *,
    kind: Literal["Normal", "Warning"],
    reason: Reason,
    note: str,
    now: str,
    instance: str,
) -> dict[str, Any]:
    """An event about the ConfigMap that keeps the last good policy, of the uid that it has where it is there.

    The others are as for `job_event`.
    """
    regarding = {"apiVersion": "v1", "kind": "ConfigMap", "name": POLICY_NAME, "namespace": namespace}
    return _event(regarding | ({"uid": uid} if uid else {}), kind, reason, "HearPolicy", note, now, instance)


def _event(
    regarding: dict[str, str], kind: str, reason: Reason, action: str, note: str, now: str, instance: str
) -> dict[str, Any]:
    told = (regarding.get("uid", ""), str(reason), action, note, now)
    digest = hashlib.sha256(repr(told).encode()).hexdigest()[:_NAME_DIGITS]
    return {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": f"{regarding['name']}.{digest}", "namespace": regarding["namespace"]},
        "eventTime": now,
        "reportingController": CONTROLLER,
        "reportingInstance": instance,
        "action": action,
        "reason": str(reason),
        "type": kind,
        "regarding": regarding,
        "note": note.encode()[:MAX_NOTE_BYTES].decode(errors="ignore"),
    }
