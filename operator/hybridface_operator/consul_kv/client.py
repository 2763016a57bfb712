"""Consul's KV store over py-consul and aiohttp: whole answers, indexes that are numbers, and errors of ours.

py-consul builds requests and reads answers; the connection is ours, because its own takes the token of the environment
before the one it is given, lets aiohttp's errors through, drops headers, and trusts the usual certificates besides
those it is given. It knows nothing of what the keys mean.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Self, TypeVar

import aiohttp
from consul import aio, base
from consul.exceptions import ACLDisabled, ACLPermissionDenied, BadRequest, ClientError, ConsulException

from hybridface_operator.errors import UsageError
from hybridface_worker.contract.errors import one_line

from .answer import Answer, Entry
from .errors import ConsulAway, ConsulError, ConsulForbidden, ConsulRefused
from .settings import ConsulSettings

T = TypeVar("T")

REQUEST_SECONDS = 15.0
"""A request that does not block is answered within it, or Consul is away."""

MOST_BYTES = 16 * 2**20
"""Of an answer: a folder of values of 512 KB may become as large as who writes there likes."""

_CONNECT_SECONDS = 5.0
_FILTERED = "X-Consul-Results-Filtered-By-ACLs"


class _Transport(aio.HTTPClient):  # type: ignore[misc]  # py-consul has no types
    """What py-consul sends its requests through."""

    def __init__(self, settings: ConsulSettings, tls: ssl.SSLContext | bool) -> None:  # noqa: FBT001 - as aiohttp has it
        base.HTTPClient.__init__(self, settings.host, settings.port, settings.scheme)
        self._settings, self._tls, self._certificate_ns = settings, tls, 0
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls))

    async def _request(
        self,
        callback: Callable[[Any], T],
        method: str,
        uri: str,
        headers: dict[str, str] | None,
        data: str | bytes | None = None,
        connections_timeout: float | None = None,
        raw: bool = False,  # noqa: ARG002, FBT001, FBT002 - py-consul's signature
    ) -> tuple[T, bool]:
        """What the callback makes of the answer, and whether the answer was filtered."""
        self._renew_certificate()
        timeout = aiohttp.ClientTimeout(total=connections_timeout or REQUEST_SECONDS, sock_connect=_CONNECT_SECONDS)
        async with self._session.request(
            method, uri, headers=headers, data=data, timeout=timeout, allow_redirects=False, proxy=self._settings.proxy
        ) as response:
            body = (await _whole(response)).decode()
            filtered = response.headers.get(_FILTERED, "").lower() == "true"
            return callback(base.Response(response.status, response.headers, body)), filtered

    def _renew_certificate(self) -> None:
        """Shows a certificate that was renewed to connections to come. One that is half written has to wait."""
        certificate = self._settings.client_cert
        if certificate is None or not isinstance(self._tls, ssl.SSLContext):
            return
        with suppress(OSError):  # as SSLError is
            changed = certificate.stat().st_mtime_ns
            if changed != self._certificate_ns:
                self._tls.load_cert_chain(certificate, self._settings.client_key)
                self._certificate_ns = changed


class _Consul(aio.Consul):  # type: ignore[misc]  # py-consul has no types
    def __init__(self, settings: ConsulSettings) -> None:
        self._transport = _Transport(settings, _tls(settings))
        super().__init__(settings.host, settings.port, scheme=settings.scheme, verify=True, dc=settings.datacenter)
        self.token = None  # else CONSUL_HTTP_TOKEN would stand in wherever no token is given

    def http_connect(self, *_: Any, **__: Any) -> _Transport:
        return self._transport


class ConsulKV:
    """The KV store. Use it as an asynchronous context manager; every method raises ConsulError."""

    def __init__(self, settings: ConsulSettings) -> None:
        self.settings = settings
        self._consul: _Consul | None = None

    async def __aenter__(self) -> Self:
        self._consul = _Consul(self.settings)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._consul:
            await self._consul.close()
            self._consul = None

    async def read(
        self, key: str, *, recurse: bool = False, index: int = 0, wait_seconds: float = 0, consistent: bool = False
    ) -> Answer:
        """The key, or all that lies below it.

        With an index the answer comes when something has changed since, or after `wait_seconds` and up to a sixteenth
        more. `consistent` asks a leader that has just made sure that it is one.
        """
        milliseconds = round(wait_seconds * 1000)
        (latest, found), filtered = await self._send(
            lambda kv, token: kv.get(
                key,
                recurse=recurse,
                index=index or None,
                wait=f"{milliseconds}ms",
                consistency="consistent" if consistent else None,
                connections_timeout=REQUEST_SECONDS + (wait_seconds * 17 / 16 if index else 0),
                token=token,
            )
        )
        items = found if isinstance(found, list) else [found] if found else []
        try:
            entries = {item["Key"]: _entry(item) for item in items}
            return Answer(int(latest), entries, filtered)
        except (KeyError, TypeError, ValueError) as error:
            raise self._away(f"its answer cannot be read ({error!r})") from error

    async def write(self, key: str, value: bytes, *, replacing: int | None) -> bool:
        """Writes a key. Returns False where it did not.

        `replacing` is the `modify_index` of what may be overwritten, 0 for nothing, None for anything.
        """
        written, _ = await self._send(lambda kv, token: kv.put(key, value, cas=replacing, token=token))
        return written is True

    async def _send(self, request: Callable[[Any, str], Awaitable[tuple[T, bool]]]) -> tuple[T, bool]:
        if self._consul is None:
            raise RuntimeError("not entered: use `async with ConsulKV(...)`")
        try:
            return await request(self._consul.kv, self._token())
        except (ACLPermissionDenied, ACLDisabled) as error:
            raise ConsulForbidden(f"Consul at {self.settings.address} does not allow it: {_line(error)}") from None
        except BadRequest as error:
            raise ConsulRefused(f"Consul at {self.settings.address} refuses the request: {_line(error)}") from None
        except ClientError as error:
            raise self._client_error(error) from None
        except TimeoutError:
            raise self._away("no answer in time") from None
        except (ConsulException, aiohttp.ClientError, OSError, ValueError, AttributeError) as error:
            # Besides aiohttp's own: py-consul lets through what it meets in an answer of another shape.
            raise self._away(_line(error)) from None

    def _client_error(self, error: ClientError) -> ConsulError:
        """429 is what an overloaded server says; the other 4xx do not change by waiting."""
        if str(error).startswith("429"):
            return self._away(_line(error))
        return ConsulRefused(f"Consul at {self.settings.address} refuses the request: {_line(error)}")

    def _token(self) -> str:
        try:
            return self.settings.secret()
        except OSError as error:
            raise ConsulForbidden(
                f"the token for Consul cannot be read: {self.settings.token_file}: {error.strerror}"
            ) from None
        except ValueError as error:
            raise ConsulForbidden(str(error)) from None

    def _away(self, why: str) -> ConsulAway:
        return ConsulAway(f"Consul at {self.settings.address} is away: {why}")


async def _whole(response: aiohttp.ClientResponse) -> bytes:
    """The body. Raises ValueError where it is too large."""
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > MOST_BYTES:
            raise ValueError(f"its answer has more than {MOST_BYTES} bytes; remove what does not belong there")
    return bytes(body)


def _entry(item: dict[str, Any]) -> Entry:
    return Entry(item["Key"], item["Value"] or b"", int(item["ModifyIndex"]))


def _tls(settings: ConsulSettings) -> ssl.SSLContext | bool:
    if settings.scheme == "http":
        return True
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        if settings.client_cert:
            context.load_cert_chain(settings.client_cert, settings.client_key)
    except (OSError, ssl.SSLError) as error:
        files = ", ".join(str(file) for file in (settings.ca_file, settings.client_cert, settings.client_key) if file)
        raise UsageError(f"certificates for Consul cannot be used: {files}: {error}") from None
    return context


def _line(error: BaseException) -> str:
    """An error's text in one line of bounded length."""
    text = one_line(error) or type(error).__name__
    return text if len(text) <= 300 else text[:297] + "..."
