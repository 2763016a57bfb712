"""What the operator asks of a cluster, as a protocol. `Cluster` asks an API server; tests have a model in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from hybridface_operator.spec.job import API_VERSION
from hybridface_operator.spec.job import KIND as FACE_SWAP_JOB
from hybridface_worker.contract.spec import JobRef

Body = dict[str, Any]
"""An object of the API, as its JSON is."""


@dataclass(frozen=True)
class Resource:
    """Where objects of a kind are found."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool = True


class Kind(Enum):
    """The kinds that are read or put."""

    FACE_SWAP_JOB = Resource(API_VERSION, FACE_SWAP_JOB, "faceswapjobs")
    JOB = Resource("batch/v1", "Job", "jobs")
    POD = Resource("v1", "Pod", "pods")
    NODE = Resource("v1", "Node", "nodes", namespaced=False)
    NAMESPACE = Resource("v1", "Namespace", "namespaces", namespaced=False)
    CONFIG_MAP = Resource("v1", "ConfigMap", "configmaps")
    SECRET = Resource("v1", "Secret", "secrets")
    EVENT = Resource("events.k8s.io/v1", "Event", "events")
    LEASE = Resource("coordination.k8s.io/v1", "Lease", "leases")


class ClusterApi(Protocol):
    """Every method raises KubeError; those that create or delete can be repeated."""

    async def get(self, kind: Kind, namespace: str, name: str) -> Body | None:
        """The object; None where there is none. The namespace is empty for kinds without one."""
        ...

    async def list(self, kind: Kind, namespace: str = "", labels: str = "") -> list[Body]:
        """Every object of the namespace, or of all, that the label selector chooses."""
        ...

    async def put(self, kind: Kind, body: Mapping[str, Any]) -> Body:
        """Creates what has no resourceVersion, and replaces just that version of what has one.

        Raises:
            KubeConflict: it is there already, or another version of it is.
            KubeGone: it is not there to be replaced.
        """
        ...

    async def create_job(self, body: Mapping[str, Any]) -> Body:
        """Creates a Job. One of its name that the same object controls is returned as it is.

        Raises:
            KubeConflict: the name is taken by a Job of another owner.
        """
        ...

    async def delete_job(self, namespace: str, name: str, uid: str, *, foreground: bool = False) -> None:
        """Deletes that very Job and its pods; in the foreground it stays until they are gone. Gone already is fine."""
        ...

    async def write_status(self, job: JobRef, status: Mapping[str, Any], resource_version: str | None = None) -> Body:
        """Replaces the status of a FaceSwapJob, of just that version where one is given.

        Raises:
            KubeConflict: it has another version, or is another object of that name.
            KubeGone: it is not there.
        """
        ...

    async def put_secret(self, body: Mapping[str, Any]) -> None:
        """Creates or replaces a Secret, without reading it."""
        ...

    async def delete_secret(self, namespace: str, name: str) -> None:
        """Deletes a Secret. Gone already is fine."""
        ...

    async def create_event(self, body: Mapping[str, Any]) -> None:
        """Creates an event. There already is fine."""
        ...

    async def why_no_pods(self, namespace: str, job_uid: str) -> str:
        """Why that very Job could last create no pod, in the API server's words; empty where no event of it is kept."""
        ...

    async def force_delete_pod(self, namespace: str, name: str, uid: str) -> None:
        """Removes that very pod at once, without waiting for its node. Gone already is fine."""
        ...
