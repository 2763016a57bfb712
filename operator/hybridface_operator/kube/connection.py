"""The way to the API server: TLS, tokens and errors. Knows no kinds of objects."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from kubernetes.aio.client import Configuration
from kubernetes.aio.client.rest import RESTClientObject, RESTResponse
from kubernetes.aio.config import ConfigException, load_incluster_config, load_kube_config

from hybridface_operator.errors import UsageError

from .clock import ServerClock
from .errors import KubeAway
from .requests import METHODS, Request, error_of
from .settings import KubeSettings

Observer = Callable[[Request, int], None]
"""Is told of every request that was answered, with the HTTP status."""
_NAME = "hybridface"
"""What the API server knows us by, among the managers of fields too."""


class Connection:
    """Sends requests. Open it with `async with`."""

    def __init__(self, settings: KubeSettings, observe: Observer | None = None) -> None:
        self._settings = settings
        self._observe = observe or (lambda _request, _status: None)
        self._client: RESTClientObject | None = None
        self.clock = ServerClock()
        """The time as the API server has it."""

    async def __aenter__(self) -> Self:
        """Reads who asks. Raises UsageError."""
        self._client = RESTClientObject(await self._configuration())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.close()

    async def send(self, request: Request) -> dict[str, Any]:
        """The answer. A token that is refused is read anew and tried once more. Raises KubeError."""
        if self._client is None:
            raise RuntimeError("the connection is not open")
        try:
            response = await self._exchange(self._client, request)
            if response.status == HTTPStatus.UNAUTHORIZED:
                await self._renew(self._client)
                response = await self._exchange(self._client, request)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise KubeAway(f"{request}: no answer: {str(error) or type(error).__name__}") from error
        self._observe(request, response.status)
        answer = _parsed(response.data)
        if response.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise error_of(request, response.status, answer)
        return answer

    async def _exchange(self, client: RESTClientObject, request: Request) -> RESTResponse:
        """The generated `ApiClient` over it would copy every body leaf by leaf: what is sent here is JSON already."""
        configuration = client.configuration
        headers = {"Accept": "application/json", "Content-Type": request.content_type, "User-Agent": _NAME}
        token = await configuration.get_api_key_with_prefix("BearerToken", alias="authorization")
        if token:
            headers["Authorization"] = token
        query = f"?{urlencode(request.query)}" if request.query else ""
        asked = self.clock.now()
        response: RESTResponse = await client.request(  # type: ignore[no-untyped-call]  # the client is typed in part
            METHODS[request.verb],
            f"{configuration.host}{request.path}{query}",
            headers=headers,
            body=request.body,
            _request_timeout=self._settings.timeout_seconds,
        )
        self.clock.heard(asked, response.getheader("Date"))  # type: ignore[no-untyped-call]  # the same
        await response.read()  # type: ignore[no-untyped-call]  # the same
        return response

    async def _renew(self, client: RESTClientObject) -> None:
        try:
            fresh = await self._configuration()
        except UsageError as error:
            raise KubeAway(f"the token was refused, and cannot be read again now: {error}") from error
        client.configuration.api_key = fresh.api_key
        client.configuration.refresh_api_key_hook = fresh.refresh_api_key_hook

    async def _configuration(self) -> Configuration:
        configuration = Configuration()
        file = self._settings.kubeconfig
        try:
            if file is None:
                load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]  # the client is typed in part
            else:
                await load_kube_config(  # type: ignore[no-untyped-call]  # the client is typed in part
                    config_file=str(file),
                    client_configuration=configuration,
                    persist_config=False,
                )
        except (ConfigException, OSError) as error:
            hint = file or "run it in a pod with a service account, or name a kubeconfig in KUBECONFIG"
            raise UsageError(f"no way to the API server: {str(error).rstrip('.')}; {hint}") from error
        if file is not None:  # in a cluster its own API server is near, whatever else needs a proxy
            configuration.proxy = configuration.proxy or _proxy(configuration.host)
        # Else a thread of the pool that storage blocks reads ~/.netrc for every request, and another looks for proxies.
        configuration.client_session_kwargs = {"trust_env": False}
        return configuration


def _proxy(host: str) -> str | None:
    """The proxy that the environment names for an address."""
    url = urlsplit(host)
    return None if proxy_bypass(url.netloc) else getproxies().get(url.scheme)


def _parsed(data: bytes | None) -> dict[str, Any]:
    """What stands in front of the API server may answer with anything."""
    try:
        answer = json.loads(data or b"{}")
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
