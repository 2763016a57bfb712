"""`ClusterApi` over a real API server. Server-side apply is not used: it cannot say "create this Job once"."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any, Literal, Self

from hybridface_operator.spec.labels import controller_uid
from hybridface_worker.contract.spec import JobRef

from .api import Body, Kind
from .clock import ServerClock
from .connection import Connection, Observer
from .errors import KubeAway, KubeConflict, KubeGone, KubeRefused
from .notes import FAILED_CREATE, last_note
from .requests import Request
from .settings import KubeSettings


class Cluster:
    """A cluster. Open it with `async with`."""

    def __init__(self, settings: KubeSettings, observe: Observer | None = None) -> None:
        self._connection = Connection(settings, observe)
        self._page = settings.page

    async def __aenter__(self) -> Self:
        """Reads who asks; nothing is sent yet. Raises UsageError."""
        await self._connection.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connection.__aexit__(kind, error, trace)

    @property
    def clock(self) -> ServerClock:
        """By which times on its objects are judged."""
        return self._connection.clock

    async def get(self, kind: Kind, namespace: str, name: str) -> Body | None:
        """See ClusterApi."""
        try:
            return await self._connection.send(Request("get", kind.value, namespace, name))
        except KubeGone:
            return None

    async def list(self, kind: Kind, namespace: str = "", labels: str = "") -> list[Body]:
        """See ClusterApi."""
        named = {"apiVersion": kind.value.api_version, "kind": kind.value.kind}
        items: list[Body] = []
        query = {"limit": str(self._page)} | ({"labelSelector": labels} if labels else {})
        while True:
            request = Request("list", kind.value, namespace, query=tuple(query.items()))
            try:
                page = await self._connection.send(request)
            except KubeGone as error:
                if "continue" not in query:
                    raise
                raise KubeAway(f"{error}: the list took too long; list again", error.status) from error
            if "items" not in page:
                raise KubeRefused(f"{request}: 200, but no list; is this an API server?", HTTPStatus.OK)
            items += [named | item for item in page["items"]]
            if not (rest := page["metadata"].get("continue")):
                return items
            query["continue"] = rest

    async def put(self, kind: Kind, body: Mapping[str, Any]) -> Body:
        """See ClusterApi."""
        if body["metadata"].get("resourceVersion"):
            return await self._write("update", kind, body)
        return await self._write("create", kind, body)

    async def create_job(self, body: Mapping[str, Any]) -> Body:
        """See ClusterApi."""
        try:
            return await self._write("create", Kind.JOB, body)
        except KubeConflict:
            there = await self.get(Kind.JOB, body["metadata"]["namespace"], body["metadata"]["name"])
            if there is None or controller_uid(there) != controller_uid(body):
                raise
            return there

    async def delete_job(self, namespace: str, name: str, uid: str, *, foreground: bool = False) -> None:
        """See ClusterApi."""
        propagation = "Foreground" if foreground else "Background"
        await self._delete(Kind.JOB, namespace, name, preconditions={"uid": uid}, propagationPolicy=propagation)

    async def write_status(self, job: JobRef, status: Mapping[str, Any], resource_version: str | None = None) -> Body:
        """See ClusterApi. A merge patch would leave fields in place that the new status has no more."""
        operations = [
            {
                "op": "test",
                "path": "/metadata/uid",
                "value": job.uid,
            },  # a subresource overlooks it
            {"op": "add", "path": "/status", "value": status},
        ]
        if resource_version is not None:
            operations.append({"op": "replace", "path": "/metadata/resourceVersion", "value": resource_version})
        try:
            return await self._connection.send(
                Request("patch", Kind.FACE_SWAP_JOB.value, job.namespace, job.name, "status", body=operations)
            )
        except KubeRefused as error:  # a test that fails and a status that does not validate are answered alike
            there = await self.get(Kind.FACE_SWAP_JOB, job.namespace, job.name)
            if there is not None and there["metadata"]["uid"] == job.uid:
                raise
            raise KubeConflict(f"{error}; another object has the name now", error.status) from error

    async def put_secret(self, body: Mapping[str, Any]) -> None:
        """See ClusterApi."""
        try:
            await self._write("create", Kind.SECRET, body)
        except KubeConflict:
            await self._write("update", Kind.SECRET, body)

    async def delete_secret(self, namespace: str, name: str) -> None:
        """See ClusterApi."""
        await self._delete(Kind.SECRET, namespace, name)

    async def create_event(self, body: Mapping[str, Any]) -> None:
        """See ClusterApi."""
        try:
            await self._write("create", Kind.EVENT, body)
        except KubeConflict:
            return

    async def why_no_pods(self, namespace: str, job_uid: str) -> str:
        """See ClusterApi."""
        query = (("fieldSelector", f"regarding.uid={job_uid},reason={FAILED_CREATE}"),)
        found = (await self._connection.send(Request("list", Kind.EVENT.value, namespace, query=query)))["items"]
        return last_note(found)

    async def force_delete_pod(self, namespace: str, name: str, uid: str) -> None:
        """See ClusterApi."""
        await self._delete(Kind.POD, namespace, name, preconditions={"uid": uid}, gracePeriodSeconds=0)

    async def _write(self, verb: Literal["create", "update"], kind: Kind, body: Mapping[str, Any]) -> Body:
        metadata = body["metadata"]
        name = metadata["name"] if verb == "update" else ""
        return await self._connection.send(
            Request(verb, kind.value, metadata.get("namespace", ""), name, body=dict(body))
        )

    async def _delete(self, kind: Kind, namespace: str, name: str, **options: Any) -> None:
        """Another uid means that the one which was meant is gone."""
        try:
            await self._connection.send(Request("delete", kind.value, namespace, name, body=options))
        except (KubeGone, KubeConflict):
            return
