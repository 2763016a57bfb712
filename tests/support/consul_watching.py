"""Follows a real Consul in a test: what was learnt so far, what was asked for it, and patience until it holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar

import urllib3

from hybridface_operator.consul_kv.client import ConsulKV
from hybridface_operator.consul_kv.settings import ConsulSettings
from support.consul_server import ConsulServer

T = TypeVar("T")

PATIENCE_SECONDS = 120.0


class CountedKV(ConsulKV):
    """Remembers every request that it sends."""

    def __init__(self, settings: ConsulSettings) -> None:
        super().__init__(settings)
        self.requests: list[dict[str, Any]] = []

    async def read(self, key: str, **options: Any) -> Any:
        self.requests.append({"key": key, **options})
        return await super().read(key, **options)


class Follower(Generic[T]):
    """What came of an asynchronous iterator so far."""

    def __init__(self) -> None:
        self.seen: list[T] = []
        self._news = asyncio.Condition()

    async def take(self, source: AsyncIterator[T]) -> None:
        async for each in source:
            async with self._news:
                self.seen.append(each)
                self._news.notify_all()

    async def until(self, holds: Callable[[T], object]) -> T:
        """The latest, as soon as it holds of it."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._news:
            await self._news.wait_for(lambda: self.seen and holds(self.seen[-1]))
            return self.seen[-1]


@asynccontextmanager
async def following(source: AsyncIterator[T]) -> AsyncIterator[Follower[T]]:
    """Follows in the background until it is left."""
    follower: Follower[T] = Follower()
    task = asyncio.create_task(follower.take(source))
    try:
        yield follower
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Memory:
    """Keeps the last good policy as long as the test runs."""

    def __init__(self, document: bytes | None = None) -> None:
        self.document = document

    async def recall(self) -> bytes | None:
        return self.document

    async def keep(self, document: bytes) -> None:
        self.document = document


def settings_of(server: ConsulServer, token: str | None = None, prefix: str = "hybridface") -> ConsulSettings:
    """How to reach a server, by default with every right."""
    return ConsulSettings.from_env(
        {
            "HYBRIDFACE_CONSUL_ADDRESS": server.url,
            "HYBRIDFACE_CONSUL_TOKEN": server.token if token is None else token,
            "HYBRIDFACE_CONSUL_PREFIX": prefix,
        }
    )


async def remove(settings: ConsulSettings, key: str) -> None:
    """Deletes a key, as somebody with `consul kv delete` would."""
    await asyncio.to_thread(_delete, settings, key)


def _delete(settings: ConsulSettings, key: str) -> None:
    with urllib3.PoolManager(headers={"X-Consul-Token": settings.token}) as http:
        answer = http.request("DELETE", f"{settings.address}/v1/kv/{key}")
    assert answer.status == 200, answer.data
