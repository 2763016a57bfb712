"""Leadership by a Lease: one operator at a time. Who has it is judged by what is seen, not by clocks that may differ.

A Lease whose record has not changed for as long as it says it lasts is free. The holder gives up before others may take
it: `renew_seconds` after its last renewal, which is less than the Lease lasts.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import structlog

from hybridface_operator.errors import OperatorError

from .api import Body, ClusterApi, Kind
from .errors import KubeConflict, KubeError

log = structlog.get_logger()

_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


class Clock(Protocol):
    """Time, as the one who calls sees it."""

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    def now(self) -> datetime:
        """The time of day, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        ...


class LeadershipLost(OperatorError):
    """Another operator may be at work: this one has to end at once."""


@dataclass(frozen=True)
class LeaseSettings:
    """Which Lease, and how long things take. The times are client-go's defaults."""

    namespace: str
    name: str
    identity: str
    """Who this is, unlike any other: a pod's name and something random."""
    lasts_seconds: int = 15
    renew_seconds: float = 10
    """So long after its last renewal the holder gives up: less than the Lease lasts."""
    retry_seconds: float = 2


class Leadership:
    """Takes, keeps and gives back a Lease."""

    def __init__(self, api: ClusterApi, settings: LeaseSettings, clock: Clock) -> None:
        self._api = api
        self._settings = settings
        self._clock = clock
        self._seen: tuple[Any, float] = (None, 0.0)
        self._renewed = 0.0
        self._trouble = ""
        """Why the Lease could not be read or written when that was last tried; empty where it could."""

    async def acquire(self) -> None:
        """Returns once the Lease is held. An API server that is away is asked again."""
        while not await self._taken():
            await self._clock.sleep(self._settings.retry_seconds)

    async def keep(self) -> None:
        """Renews the Lease, and never returns. Raises LeadershipLost."""
        while True:
            await self._clock.sleep(self._settings.retry_seconds)
            left = self._renewed + self._settings.renew_seconds - self._clock.monotonic()
            if left <= 0:
                why = self._trouble or "no answer in time"
                raise LeadershipLost(f"{self._named}: not renewed for {self._settings.renew_seconds:g} s: {why}")
            try:
                async with asyncio.timeout(left):
                    await self._renew()
            except KubeError as error:
                self._complain(str(error))
            except TimeoutError:
                continue

    async def release(self) -> None:
        """Lets the next one in at once. If that fails, the Lease runs out."""
        try:
            lease = await self._read()
            if lease is not None and lease["spec"].get("holderIdentity") == self._settings.identity:
                await self._api.put(Kind.LEASE, lease | {"spec": lease["spec"] | {"holderIdentity": ""}})
        except KubeError:
            return

    async def _taken(self) -> bool:
        try:
            lease = await self._read()
            if lease is not None and not self._is_free(lease):
                return False
            await self._write(lease)
        except KubeConflict:  # another was quicker
            return False
        except KubeError as error:
            self._complain(str(error))
            return False
        return True

    async def _renew(self) -> None:
        lease = await self._read()
        holder = self._settings.identity if lease is None else lease["spec"].get("holderIdentity")
        if holder != self._settings.identity:
            raise LeadershipLost(f"{self._named}: held by {holder or 'nobody'} now")
        await self._write(lease)

    async def _write(self, lease: Body | None) -> None:
        began = self._clock.monotonic()
        await self._api.put(Kind.LEASE, self._held(lease))
        self._renewed, self._trouble = began, ""

    def _complain(self, why: str) -> None:
        """Says it once: it is tried again every few seconds."""
        if why != self._trouble:
            log.warning("lease.waits", name=self._named, why=why)
        self._trouble = why

    async def _read(self) -> Body | None:
        return await self._api.get(Kind.LEASE, self._settings.namespace, self._settings.name)

    def _is_free(self, lease: Body) -> bool:
        spec = lease.get("spec") or {}
        if spec.get("holderIdentity") in {None, "", self._settings.identity}:
            return True
        now = self._clock.monotonic()
        if self._seen[0] != spec:
            self._seen = (spec, now)
        lasts: float = spec.get("leaseDurationSeconds", self._settings.lasts_seconds)
        return now - self._seen[1] >= lasts

    def _held(self, lease: Body | None) -> Body:
        now = self._clock.now().astimezone(UTC).strftime(_TIME)
        spec = dict((lease or {}).get("spec") or {})
        if spec.get("holderIdentity") != self._settings.identity:
            transitions = spec.get("leaseTransitions", 0) + (1 if lease else 0)
            spec |= {"acquireTime": now, "leaseTransitions": transitions}
        spec |= {
            "holderIdentity": self._settings.identity,
            "renewTime": now,
            "leaseDurationSeconds": self._settings.lasts_seconds,
        }
        metadata = {"name": self._settings.name, "namespace": self._settings.namespace}
        new = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata}
        return (lease or new) | {"spec": spec}

    @property
    def _named(self) -> str:
        return f"Lease {self._settings.namespace}/{self._settings.name}"
