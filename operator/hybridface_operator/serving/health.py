"""Answers whether the operator lives, whether it is ready, and what its metrics are. Decides from what it is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Self

import prometheus_client
from aiohttp import web

from hybridface_operator.rounds.metrics import Metrics
from hybridface_operator.rounds.timing import Timing

Trouble = Callable[[], str]
"""What is wrong, in words; empty while nothing is."""


@dataclass
class Readiness:
    """What has to be there before the operator can do its work. One that waits for the Lease is ready to take over."""

    leads: bool = False
    """It holds the Lease."""
    listed: bool = False
    """The first lists are in."""
    policy_heard: bool = False
    """The policy, or that there is none to be had, is known."""

    def trouble(self) -> str:
        """What is still missing; empty once it is ready."""
        if not self.leads:
            return ""
        missing = {
            "the first lists are not in": not self.listed,
            "Consul has said nothing of the policy yet": not self.policy_heard,
        }
        return "; ".join(what for what, is_missing in missing.items() if is_missing)


def staleness(watch_age_seconds: float, lag_seconds: float, timing: Timing) -> str:
    """Why the operator counts as dead; empty while it is alive."""
    if watch_age_seconds > timing.watch_stale_seconds:
        return f"a watch was answered {watch_age_seconds:.0f} s ago, more than {timing.watch_stale_seconds:.0f} s"
    if lag_seconds > timing.lag_stale_seconds:
        return f"a job has waited to be reconciled for {lag_seconds:.0f} s, more than {timing.lag_stale_seconds:.0f} s"
    return ""


class HealthServer:
    """Serves `/healthz`, `/readyz` and `/metrics` while it is entered."""

    def __init__(self, port: int, *, alive: Trouble, ready: Trouble, metrics: Metrics, host: str | None = None) -> None:
        """Port 0 takes a free one; without a host it listens on every address."""
        self._wanted = (host, port)
        self._metrics = metrics
        app = web.Application()
        app.router.add_get("/healthz", _answering(alive))
        app.router.add_get("/readyz", _answering(ready))
        app.router.add_get("/metrics", self._show_metrics)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)

    @property
    def port(self) -> int:
        """Where it listens, once it does."""
        return int(self._runner.addresses[0][1])

    async def __aenter__(self) -> Self:
        """Listens. Raises OSError where the port is taken."""
        await self._runner.setup()
        host, port = self._wanted
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _show_metrics(self, _: web.Request) -> web.Response:
        headers = {"Content-Type": prometheus_client.CONTENT_TYPE_PLAIN_0_0_4}
        return web.Response(body=self._metrics.exposition(), headers=headers)


def _answering(trouble: Trouble) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_: web.Request) -> web.Response:
        said = trouble()
        status = HTTPStatus.SERVICE_UNAVAILABLE if said else HTTPStatus.OK
        return web.Response(text=f"{said or 'ok'}\n", status=status)

    return answer
