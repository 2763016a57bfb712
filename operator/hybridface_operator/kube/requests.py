"""One request as RBAC sees it, and what its answer means. Pure: nothing is sent here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import quote

from .api import Resource
from .errors import KubeAway, KubeConflict, KubeError, KubeForbidden, KubeGone, KubeRefused

Verb = Literal["get", "list", "create", "update", "patch", "delete"]

METHODS: dict[Verb, str] = {
    "get": "GET",
    "list": "GET",
    "create": "POST",
    "update": "PUT",
    "patch": "PATCH",
    "delete": "DELETE",
}
JSON_PATCH = "application/json-patch+json"

_LATER = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_NOT_THERE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_SERVER_FAILS = 500
_CLASSES: dict[int, type[KubeError]] = {HTTPStatus.FORBIDDEN: KubeForbidden, HTTPStatus.CONFLICT: KubeConflict}


@dataclass(frozen=True)
class Request:
    """A verb on a resource."""

    verb: Verb
    resource: Resource
    namespace: str = ""
    """Empty for kinds without one, and for lists of all namespaces."""
    name: str = ""
    """Empty where all or a new one are meant."""
    subresource: str = ""
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None
    """JSON values; of a patch a list of operations (RFC 6902)."""

    @property
    def path(self) -> str:
        """The path of the URL."""
        version = self.resource.api_version
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        folder = f"/namespaces/{quote(self.namespace, safe='')}" if self.resource.namespaced and self.namespace else ""
        ends = [self.resource.plural, quote(self.name, safe=""), self.subresource]
        return root + folder + "".join(f"/{end}" for end in ends if end)

    @property
    def content_type(self) -> str:
        """Of the body."""
        return JSON_PATCH if self.verb == "patch" else "application/json"

    def __str__(self) -> str:
        """For messages."""
        return f"{self.verb} {self.path}"


def error_of(request: Request, status: int, answer: Mapping[str, Any]) -> KubeError:
    """The exception for an answer that is no success, by its HTTP status and its `Status` object."""
    message = f"{request}: {status} {answer.get('message') or answer.get('reason') or 'without a reason'}"
    if status in _LATER or status >= _SERVER_FAILS:
        return KubeAway(message, status)
    if status in _NOT_THERE or (status == HTTPStatus.FORBIDDEN and _namespace_ends(answer)):
        return KubeGone(message, status)
    return _CLASSES.get(status, KubeRefused)(message, status)


def _namespace_ends(answer: Mapping[str, Any]) -> bool:
    """Nothing can be made in a namespace that is being deleted; the server calls that forbidden."""
    causes = (answer.get("details") or {}).get("causes") or ()
    return any(cause.get("reason") == "NamespaceTerminating" for cause in causes)
