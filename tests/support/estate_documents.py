"""What an estate is made of, as documents: inventory, policy, nodes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hybridface_operator.policy.types import PRIORITIES

Body = dict[str, Any]
GPU = "nvidia.com/gpu"
PRIVATE = "node-restriction.kubernetes.io/hybridface"

INVENTORY: Body = {
    "privateNodes": {"key": PRIVATE, "value": "private"},
    "pools": [
        {"name": "private", "kind": "private", "maxGpus": 4, "nodeSelector": {PRIVATE: "private"}},
        {
            "name": "aws-spot",
            "kind": "cloud",
            "capacity": "spot",
            "provider": "aws",
            "maxGpus": 8,
            "nodeSelector": {"hybridface.dev/pool": "aws-spot"},
        },
        {
            "name": "azure",
            "kind": "cloud",
            "maxGpus": 8,
            "autoscaled": True,
            "pricePerGpuHour": "0.10",
            "nodeSelector": {"hybridface.dev/pool": "no-node-has-this"},
        },
    ],
}
POLICY: Body = {
    "version": 1,
    "currency": "USD",
    "rules": [
        {"name": "afar", "when": {"labels": {"from": "afar"}}, "place": ["azure", "private"]},
        {"name": "portraits-stay-home", "when": {"sensitivity": ["restricted"]}, "place": ["private"]},
        {"name": "bulk", "when": {"sensitivity": ["public", "internal"]}, "place": ["private", "aws-spot"]},
    ],
    "default": {"place": ["private"]},
    "pools": {"aws-spot": {"maxPricePerGpuHour": "0.40"}},
    "limits": {"priceMaxAge": "15m", "dwell": "2s", "unscheduledTimeout": "10s", "breakerCooldown": "60s"},
}


def node(name: str, pool: str) -> Body:
    """A node of a pool."""
    labels = {PRIVATE: "private"} if pool == "private" else {"hybridface.dev/pool": pool}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}}


def node_status(gpus: int) -> Body:
    """What the kubelet of a ready node says."""
    amounts = {"cpu": "64", "memory": "256Gi", "ephemeral-storage": "1Ti", "pods": "110", GPU: str(gpus)}
    at = "2026-01-01T00:00:00Z"
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "KubeletReady",
        "message": "",
        "lastTransitionTime": at,
        "lastHeartbeatTime": at,
    }
    return {"status": {"capacity": amounts, "allocatable": amounts, "conditions": [ready]}}


def quote(price: str) -> Body:
    """A quote of now."""
    now = datetime.now(UTC).isoformat()
    return {"version": 1, "price": price, "currency": "USD", "observedAt": now, "source": "test"}


def surroundings(tenant: str, home: str) -> list[Body]:
    """What a chart brings beside roles: namespaces, the workers' service account, priority classes."""
    return [
        *priority_classes(),
        *({"apiVersion": "v1", "kind": "Namespace", **named(name)} for name in (tenant, home)),
        {"apiVersion": "v1", "kind": "ServiceAccount", **named("hybridface-worker", tenant)},
    ]


def priority_classes() -> list[Body]:
    """One for each priority. All tests of a control plane share them, and a value cannot be changed."""
    kind = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass"}
    return [{**kind, **named(f"hybridface-{name}"), "value": value} for value, name in enumerate(PRIORITIES)]


def named(name: str, namespace: str = "") -> Body:
    """Metadata with a name, and a namespace where there is one."""
    return {"metadata": {"name": name} | ({"namespace": namespace} if namespace else {})}


def granted(body: Body, user: str, namespace: str) -> list[Body]:
    """A role, and its binding to the user."""
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": body["kind"], "name": body["metadata"]["name"]}
    binding = {
        "apiVersion": body["apiVersion"],
        "kind": f"{body['kind']}Binding",
        **named(user, namespace),
        "roleRef": reference,
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
    }
    return [body | named(reference["name"], namespace), binding]
