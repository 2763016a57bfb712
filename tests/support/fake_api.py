"""A model of the API in memory: passes the same contract as a real server, for long random sequences.

It keeps uids, resourceVersions, generations, owners and finalizers; `step` lets controllers work once. Time is given,
nothing waits. `before_write` and `after_write` are told of every write and may raise: a server that is away, or an
operator that is killed between two writes.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from hybridface_operator.kube.api import Body, Kind
from hybridface_operator.kube.errors import KubeConflict, KubeGone
from hybridface_operator.kube.notes import FAILED_CREATE, last_note
from hybridface_operator.spec.labels import controller_uid
from hybridface_worker.contract.spec import JobRef

Plain = TypeVar("Plain")
Key = tuple[Kind, str, str]
Hook = Callable[[str, Kind, Body], None]

FOREGROUND = "foregroundDeletion"
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class FakeApi:
    """Objects, and what an API server does with them."""

    def __init__(self, *namespaces: str, now: Callable[[], datetime] = lambda: _EPOCH) -> None:
        self.objects: dict[Key, Body] = {}
        self.before_write: Hook = lambda _verb, _kind, _body: None
        self.after_write: Hook = lambda _verb, _kind, _body: None
        self.watchers: list[Callable[[str, Kind, Body], None]] = []
        """Are told ADDED, MODIFIED or DELETED with the object."""
        self.writes: list[tuple[str, Kind]] = []
        """Verb and kind of every write through `ClusterApi`."""
        self._now = now
        self._revision = 0
        for namespace in namespaces:
            self.make(Kind.NAMESPACE, {"metadata": {"name": namespace}})

    # what ClusterApi asks for

    async def get(self, kind: Kind, namespace: str, name: str) -> Body | None:
        return copied(self.objects.get((kind, namespace, name)))

    async def list(self, kind: Kind, namespace: str = "", labels: str = "") -> list[Body]:
        return [
            copied(body)
            for (of, where, _), body in sorted(self.objects.items(), key=lambda item: item[0][1:])
            if of is kind and namespace in {"", where} and _chosen(body, labels)
        ]

    async def why_no_pods(self, namespace: str, job_uid: str) -> str:
        events = await self.list(Kind.EVENT, namespace)
        return last_note(
            each for each in events if each["regarding"].get("uid") == job_uid and each["reason"] == FAILED_CREATE
        )

    async def put(self, kind: Kind, body: Mapping[str, Any]) -> Body:
        verb = "update" if body["metadata"].get("resourceVersion") else "create"
        return self._written(verb, kind, body, lambda: self._put(verb, kind, body))

    async def create_job(self, body: Mapping[str, Any]) -> Body:
        try:
            return self._written("create", Kind.JOB, body, lambda: self._put("create", Kind.JOB, body))
        except KubeConflict:
            there = await self.get(Kind.JOB, body["metadata"]["namespace"], body["metadata"]["name"])
            if there is None or controller_uid(there) != controller_uid(dict(body)):
                raise
            return there

    async def delete_job(self, namespace: str, name: str, uid: str, *, foreground: bool = False) -> None:
        self._deleted(Kind.JOB, namespace, name, uid, foreground=foreground)

    async def write_status(self, job: JobRef, status: Mapping[str, Any], resource_version: str | None = None) -> Body:
        there = self.found(Kind.FACE_SWAP_JOB, job.namespace, job.name)
        wanted = {**there["metadata"], "uid": job.uid}
        if resource_version is not None:
            wanted["resourceVersion"] = resource_version
        body = {**there, "metadata": wanted, "status": copied(dict(status))}
        return self._written("patch", Kind.FACE_SWAP_JOB, body, lambda: self._put("update", Kind.FACE_SWAP_JOB, body))

    async def put_secret(self, body: Mapping[str, Any]) -> None:
        metadata = body["metadata"]
        verb = "update" if (Kind.SECRET, metadata["namespace"], metadata["name"]) in self.objects else "create"
        self._written(verb, Kind.SECRET, body, lambda: self._put(verb, Kind.SECRET, body))

    async def delete_secret(self, namespace: str, name: str) -> None:
        self._deleted(Kind.SECRET, namespace, name)

    async def create_event(self, body: Mapping[str, Any]) -> None:
        key = (Kind.EVENT, body["metadata"]["namespace"], body["metadata"]["name"])
        if key not in self.objects:
            self._written("create", Kind.EVENT, body, lambda: self._put("create", Kind.EVENT, body))

    async def force_delete_pod(self, namespace: str, name: str, uid: str) -> None:
        self._deleted(Kind.POD, namespace, name, uid, force=True)

    # what people, controllers and kubelets do

    def make(self, kind: Kind, body: Mapping[str, Any]) -> Body:
        """Creates an object, as a person or a controller would."""
        return copied(self._put("create", kind, body))

    def edit(self, kind: Kind, namespace: str, name: str, change: Callable[[Body], None]) -> Body:
        """Changes an object; a change of its spec is a new generation."""
        body = copied(self.found(kind, namespace, name))
        change(body)
        return copied(self._put("update", kind, body))

    def remove(self, kind: Kind, namespace: str, name: str, *, foreground: bool = False, force: bool = False) -> None:
        """Deletes an object; a pod on a node ends only when its kubelet says so, or by force."""
        body = self.found(kind, namespace, name)
        running = kind is Kind.POD and body["spec"].get("nodeName") and not ended(body) and not force
        finalizers = body["metadata"].get("finalizers", [])
        if foreground and FOREGROUND not in finalizers:
            finalizers = [*finalizers, FOREGROUND]
        if not running and not finalizers:
            self._drop(kind, body)
            return

        def mark(marked: Body) -> None:
            marked["metadata"].setdefault("deletionTimestamp", self.time())
            marked["metadata"]["finalizers"] = finalizers
            if kind is Kind.POD and force:
                marked["metadata"]["deletionGracePeriodSeconds"] = 0
            elif kind is Kind.POD and not running and not ended(body):
                marked["status"] = {**body.get("status", {}), "phase": "Failed"}

        self.edit(kind, namespace, name, mark)

    def found(self, kind: Kind, namespace: str, name: str) -> Body:
        """The object itself, not to be changed. Raises KubeGone."""
        body = self.objects.get((kind, namespace, name))
        if body is None:
            raise KubeGone(f"{kind.value.kind} {namespace}/{name} is not there", 404)
        return body

    def time(self) -> str:
        """The time, as objects carry it."""
        return self._now().strftime("%Y-%m-%dT%H:%M:%SZ")

    # inside

    def _written(self, verb: str, kind: Kind, body: Mapping[str, Any], write: Callable[[], Body]) -> Body:
        self.before_write(verb, kind, copied(dict(body)))
        self.writes.append((verb, kind))
        written = copied(write())
        self.after_write(verb, kind, copied(written))
        return written

    def _deleted(
        self, kind: Kind, namespace: str, name: str, uid: str = "", *, foreground: bool = False, force: bool = False
    ) -> None:
        there = self.objects.get((kind, namespace, name))
        self.before_write("delete", kind, copied(there or {}))
        self.writes.append(("delete", kind))
        if there is not None and uid in {"", there["metadata"]["uid"]}:
            self.remove(kind, namespace, name, foreground=foreground, force=force)
            self.after_write("delete", kind, copied(there))

    def _put(self, verb: str, kind: Kind, body: Mapping[str, Any]) -> Body:
        new = copied(dict(body))
        metadata = new["metadata"]
        key = (kind, metadata.get("namespace", ""), metadata["name"])
        there = self.objects.get(key)
        if verb == "create":
            self._may_create(key, there)
            self._revision += 1
            uid = str(uuid.uuid5(uuid.NAMESPACE_OID, str(self._revision)))
            metadata |= {"uid": uid, "generation": 1, "creationTimestamp": self.time()}
        else:
            there = self.found(*key)
            old = there["metadata"]
            for field in ("uid", "resourceVersion"):
                if metadata.setdefault(field, old[field]) != old[field]:
                    raise KubeConflict(f"{key}: {field} is {old[field]}, not {metadata[field]}", 409)
            if new == there:
                return there
            metadata["generation"] = old["generation"] + (new.get("spec") != there.get("spec"))
            metadata["creationTimestamp"] = old["creationTimestamp"]
            self._revision += 1
        metadata["resourceVersion"] = str(self._revision)
        new |= {"apiVersion": kind.value.api_version, "kind": kind.value.kind}
        self.objects[key] = new
        self._tell("ADDED" if verb == "create" else "MODIFIED", kind, new)
        if (
            metadata.get("deletionTimestamp")
            and not metadata.get("finalizers")
            and (kind is not Kind.POD or ended(new) or metadata.get("deletionGracePeriodSeconds") == 0)
        ):
            self._drop(kind, new)
        return new

    def _may_create(self, key: Key, there: Body | None) -> None:
        kind, namespace, _ = key
        if there is not None:
            raise KubeConflict(f"{key} is there already", 409)
        if kind.value.namespaced and (Kind.NAMESPACE, "", namespace) not in self.objects:
            raise KubeGone(f"namespace {namespace} is not there", 404)

    def _drop(self, kind: Kind, body: Body) -> None:
        metadata = body["metadata"]
        del self.objects[kind, metadata.get("namespace", ""), metadata["name"]]
        self._revision += 1
        self._tell("DELETED", kind, body)

    def _tell(self, change: str, kind: Kind, body: Body) -> None:
        for watcher in self.watchers:
            watcher(change, kind, copied(body))


def copied(value: Plain) -> Plain:
    """Plain values anew; several times as quick as `copy.deepcopy`, which half of a simulation would go into."""
    return cast("Plain", _copied(value))


def _copied(value: Any) -> Any:
    if type(value) is dict:
        return {name: _copied(each) for name, each in value.items()}
    return [_copied(each) for each in value] if type(value) is list else value


def ended(pod: Mapping[str, Any]) -> bool:
    """Whether a pod will do nothing more."""
    return pod.get("status", {}).get("phase") in {"Succeeded", "Failed"}


def _chosen(body: Mapping[str, Any], selector: str) -> bool:
    """Whether `a=1,b` chooses the object: its label a is 1, and it has a label b."""
    own = body["metadata"].get("labels", {})
    pairs = (part.partition("=") for part in selector.split(",") if part)
    return all(name in own and (not equals or own[name] == value) for name, equals, value in pairs)
