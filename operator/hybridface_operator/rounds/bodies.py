"""What of the API server's objects is kept in memory, and to which FaceSwapJob they belong. Pure."""

from __future__ import annotations

from hybridface_operator.spec.labels import UID
from hybridface_operator.spec.objects import Body

Owner = tuple[str, str]
"""Namespace and uid of a FaceSwapJob. Anybody may put its uid on objects of a namespace of their own."""

_KEPT = frozenset({"name", "namespace", "uid", "generation", "resourceVersion", "creationTimestamp", "labels"})
_KEPT_STATUS = frozenset({"conditions", "observedGeneration", "phase", "completionTime", "startTime", "scratchRemoved"})


def without_managers(body: Body) -> Body:
    """A FaceSwapJob without its managed fields: they are as long as the rest of it, and nobody reads them."""
    return {**body, "metadata": {name: value for name, value in body["metadata"].items() if name != "managedFields"}}


def slimmed(body: Body) -> Body:
    """What of a FaceSwapJob that is over is needed to tell that it is."""
    return {
        "apiVersion": body.get("apiVersion"),
        "kind": body.get("kind"),
        "metadata": {name: value for name, value in body["metadata"].items() if name in _KEPT},
        "spec": body.get("spec"),
        "status": {name: value for name, value in (body.get("status") or {}).items() if name in _KEPT_STATUS},
    }


def room_of(node: Body) -> Body:
    """What of a node decides how many pods it takes: no heartbeats, no images."""
    metadata, spec, status = node["metadata"], node.get("spec") or {}, node.get("status") or {}
    ready = [each["status"] for each in status.get("conditions") or () if each["type"] == "Ready"]
    return {
        "metadata": {name: metadata.get(name) for name in ("name", "uid", "labels")},
        "spec": {name: spec.get(name) for name in ("unschedulable", "taints")},
        "status": {
            "conditions": [{"type": "Ready", "status": each} for each in ready],
            "allocatable": status.get("allocatable"),
        },
    }


def owner_of(body: Body) -> Owner | None:
    """The FaceSwapJob whose attempt the object says that it belongs to."""
    metadata = body["metadata"]
    uid = (metadata.get("labels") or {}).get(UID)
    return None if uid is None else (metadata.get("namespace", ""), uid)
