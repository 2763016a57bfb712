"""Plain requests to an API server, as its administrator: what it answers, without a client's interpretation."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import urllib3

from support.control_plane import ControlPlane

_PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Answer:
    """A status code and the body."""

    code: int
    body: dict[str, Any]

    @property
    def taken(self) -> bool:
        """Whether the request did what it asked for."""
        return self.code < 300

    @property
    def message(self) -> str:
        """What a refusal says."""
        return str(self.body.get("message", ""))


class Api:
    """Requests with the administrator's token. Unknown fields are refused, as kubectl asks for."""

    def __init__(self, plane: ControlPlane) -> None:
        self._url = plane.url
        self._headers = {"Authorization": f"Bearer {plane.admin_token}"}
        self._http = urllib3.PoolManager(ca_certs=str(plane.ca_file), retries=False, timeout=60)

    def close(self) -> None:
        """Ends the connections."""
        self._http.clear()

    def get(self, path: str) -> Answer:
        """Reads."""
        return self._request("GET", path, None, {})

    def create(self, path: str, body: dict[str, Any], *, keep: bool = False) -> Answer:
        """Creates the object, or only says whether it would be taken."""
        return self._request("POST", path, body, _query(keep=keep))

    def replace(self, path: str, body: dict[str, Any], *, keep: bool = False) -> Answer:
        """Replaces the object, or only says whether that would be taken."""
        return self._request("PUT", path, body, _query(keep=keep))

    def delete(self, path: str) -> Answer:
        """Deletes the object."""
        return self._request("DELETE", path, None, {})

    def _request(self, method: str, path: str, body: dict[str, Any] | None, query: dict[str, str]) -> Answer:
        url = f"{self._url}/{path}" + (
            "?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else ""
        )
        answer = self._http.request(method, url, json=body, headers=self._headers)
        return Answer(answer.status, answer.json())


def eventually(holds: Callable[[], bool]) -> None:
    """Waits until it holds: policies come into force a moment after they were written."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {_PATIENCE_SECONDS} s")
        time.sleep(0.1)


def _query(*, keep: bool) -> dict[str, str]:
    return {"fieldValidation": "Strict"} | ({} if keep else {"dryRun": "All"})
