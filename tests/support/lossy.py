"""Connections that fail on request, in front of a real server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import urllib3


@dataclass(frozen=True)
class Request:
    """What was sent."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    size: int

    def is_part(self, number: int | None = None) -> bool:
        """Whether it carries a part of an upload, or the part of that number."""
        return "partNumber" in self.query and number in {None, int(self.query["partNumber"][0])}


@dataclass
class LossyPool(urllib3.PoolManager):
    """Loses requests, or the answers to them. Each is asked once for each request; the first True loses it."""

    lose_request: Callable[[Request], bool] = lambda _: False
    lose_answer: Callable[[Request], bool] = lambda _: False
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(retries=False, timeout=30)

    def urlopen(  # type: ignore[override]  # as PoolManager itself
        self, method: str, url: str, redirect: bool = True, **kw: Any
    ) -> urllib3.BaseHTTPResponse:
        """Sends it, or says that the connection broke."""
        parts = urlsplit(url)
        body = kw.get("body") or b""
        query = parse_qs(parts.query, keep_blank_values=True)
        request = Request(method, parts.path, query, dict(kw.get("headers") or {}), len(body))
        self.requests.append(request)
        if self.lose_request(request):
            raise urllib3.exceptions.ProtocolError("the connection broke before the request was sent")
        response = super().urlopen(method, url, redirect=redirect, **kw)
        if self.lose_answer(request):
            response.close()
            raise urllib3.exceptions.ProtocolError("the connection broke before the answer came")
        return response


def once(condition: Callable[[Request], bool]) -> Callable[[Request], bool]:
    """True for the first request that meets the condition."""
    left = [True]

    def first(request: Request) -> bool:
        return bool(left) and condition(request) and left.pop()

    return first
