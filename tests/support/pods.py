"""Pods by hand: what reaches for a job's credentials, and where it asks to run."""

from __future__ import annotations

from typing import Any

PRIVATE = "node-restriction.kubernetes.io/hybridface-zone"
"""The label of private nodes, as `helm/hybridface/files/admission/restricted-pods-pinned.yaml` has it."""
PINNED = {"nodeSelector": {PRIVATE: "private"}}
SENSITIVITY = "hybridface.dev/sensitivity"

Fields = dict[str, Any]


def pod(*parts: Fields, sensitivity: str | None = None) -> Fields:
    """A pod whose spec has these parts one after the other; lists of volumes and containers are put together."""
    spec: Fields = {"containers": [{"name": "main", "image": "worker"}]}
    for part in parts:
        for field, value in part.items():
            spec[field] = [*spec.get(field, ()), *value] if isinstance(value, list) else value
    labels = {} if sensitivity is None else {SENSITIVITY: sensitivity}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "hand-made", "labels": labels}, "spec": spec}


def volume(**source: Any) -> Fields:
    """A volume."""
    return {"volumes": [{"name": "volume", **source}]}


def mounts(secret: str) -> Fields:
    """A volume of a Secret."""
    return volume(secret={"secretName": secret})


def container(name: str, kind: str = "containers", **fields: Any) -> Fields:
    """One more container."""
    return {kind: [{"name": name, "image": "worker", **fields}]}


def env(secret: str) -> Fields:
    """A variable of a container from a Secret."""
    return {"env": [{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": secret, "key": "key"}}}]}


def env_from(secret: str) -> Fields:
    """All variables of a container from a Secret."""
    return {"envFrom": [{"configMapRef": {"name": "plain"}}, {"secretRef": {"name": secret}}]}


def term(operator: str = "In", *values: str, key: str = PRIVATE) -> Fields:
    """A term of node affinity."""
    return {"matchExpressions": [{"key": key, "operator": operator} | ({"values": list(values)} if values else {})]}


def affinity(*terms: Fields) -> Fields:
    """Required node affinity: any of the terms."""
    required = {"nodeSelectorTerms": list(terms)}
    return {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}}


def preference(wanted: Fields) -> Fields:
    """Node affinity that is only preferred."""
    preferred = [{"weight": 100, "preference": wanted}]
    return {"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}}
