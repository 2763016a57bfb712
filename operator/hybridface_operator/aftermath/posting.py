"""Posts to addresses that users chose, from inside the cluster's network: to checked ones, over https, once.

The check sits where the socket is made: no second answer of a name server, and no other spelling of an address, comes
between it and the connection.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from .webhook import refusal

Send = Callable[[str, bytes, dict[str, str]], Awaitable[int]]
"""Posts a body with headers to a URL. Returns the HTTP status.

Raises aiohttp.ClientError, OSError, TimeoutError where there is no answer, ValueError where the URL is none.
"""

_TIMEOUT_SECONDS = 10.0
_MOST_BYTES = 4096
"""Of an answer that are read; nobody looks at them."""


class Post:
    """Sends to checked addresses only, follows nothing, and waits for nobody long."""

    def __init__(self, *, private_allowed: bool, tls: ssl.SSLContext | None = None) -> None:
        """`tls` stands in for the system's certificates."""
        self._private_allowed = private_allowed
        self._tls = tls or ssl.create_default_context()

    async def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """See Send."""
        if not url.startswith("https://"):
            raise ValueError(f"{url}: only https is spoken")
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)
        connector = aiohttp.TCPConnector(ssl=self._tls, socket_factory=self._socket, force_close=True)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            await response.content.read(_MOST_BYTES)
            return response.status

    def _socket(self, info: tuple[Any, ...]) -> socket.socket:
        """A socket to that very address, which no name can change any more."""
        family, kind, protocol, _, address = info
        if why := refusal(str(address[0]), private_allowed=self._private_allowed):
            raise PermissionError(errno.EACCES, why)
        return socket.socket(family, kind, protocol)
