"""Tells the webhook of a job that is over how it ended: signed, bounded, and remembered with the job."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Literal

import aiohttp
import structlog
from pydantic import ValidationError

from hybridface_operator.errors import OperatorError
from hybridface_operator.kube.api import ClusterApi, Kind
from hybridface_operator.kube.errors import KubeForbidden
from hybridface_operator.manifests.events import job_event
from hybridface_operator.rounds.metrics import Metrics
from hybridface_operator.rounds.mirror import Mirror
from hybridface_operator.spec.objects import Body, is_over, job_ref
from hybridface_operator.spec.policy import Notify, SecretRef, Webhook
from hybridface_worker import __version__
from hybridface_worker.contract.errors import WorkerError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import JobRef
from hybridface_worker.store.job_area import JobArea
from hybridface_worker.store.stores import Stores

from .posting import Send
from .webhook import NOTIFIED_KEY, SIGNATURE, Notified, notification, signature

log = structlog.get_logger()

TRIES = 5
_FIRST_PAUSE_SECONDS = 2.0
_LATER = frozenset({408, 425, 429})


class SecretUnreadable(OperatorError):
    """The secret that a webhook is to be signed with cannot be had."""


class Notifier:
    """Tells each job's webhook once."""

    def __init__(
        self,
        cluster: ClusterApi,
        stores: Stores,
        mirror: Mirror,
        metrics: Metrics,
        *,
        work_uri: str,
        instance: str,
        send: Send,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._cluster = cluster
        self._stores = stores
        self._mirror = mirror
        self._metrics = metrics
        self._work_uri = work_uri
        self._instance = instance
        self._send = send
        self._clock = clock
        self._sleep = sleep
        self._settled: set[str] = set()

    def settled(self, uid: str) -> bool:
        """Whether nobody is to be told of the job any more: it has no webhook, or that was told or given up."""
        body = self._mirror.face_swap_job(uid)
        if body is None:
            return True
        swept = (body.get("status") or {}).get("scratchRemoved")
        return bool(swept) or uid in self._settled or webhook_of(body) is None

    async def notify(self, uid: str) -> None:
        """Tells the webhook of a job that is over, unless that is done. What is away is tried with the next call."""
        body = self._mirror.face_swap_job(uid)
        if body is None or not is_over(body) or self.settled(uid):
            return
        ref = job_ref(body)
        try:
            store, prefix = self._stores.resolve(f"{self._work_uri}jobs/{uid}/")
            area = JobArea(store, prefix)
            if not await asyncio.to_thread(area.exists, NOTIFIED_KEY):
                await self._settle(ref, area)
            self._settled.add(uid)
        except (OperatorError, WorkerError) as error:
            self._metrics.error(error)
            log.warning("notification.waits", job=ref.name, why=str(error))

    def forget(self) -> None:
        """Drops what is known of jobs that are no more."""
        self._settled &= set(self._mirror.face_swap_jobs())

    async def _settle(self, ref: JobRef, area: JobArea) -> None:
        body = await self._cluster.get(Kind.FACE_SWAP_JOB, ref.namespace, ref.name)
        if body is None or body["metadata"]["uid"] != ref.uid:
            return
        webhook, said = webhook_of(body), notification(ref, body.get("status") or {})
        if webhook is None or said is None:
            return
        try:
            secret = await self._secret(ref, webhook.secret_ref)
            record = await self._tell(webhook.url, said.to_bytes(), secret)
        except SecretUnreadable as error:
            record = self._record("givenUp", 0, None, str(error))
        await asyncio.to_thread(area.put_absent, NOTIFIED_KEY, record)
        self._metrics.notified(record.outcome)
        log.info("notified", job=ref.name, outcome=record.outcome, tries=record.tries, why=record.message)
        if record.outcome == "givenUp":
            await self._complain(ref, record.message)

    async def _tell(self, url: str, body: bytes, secret: bytes | None) -> Notified:
        status, why = None, ""
        for number in range(1, TRIES + 1):
            status, why = await self._try(url, body, secret)
            if status is not None and 200 <= status < 300:
                return self._record("delivered", number, status, why)
            if status is not None and status < 500 and status not in _LATER:
                break
            if number < TRIES:
                await self._sleep(_FIRST_PAUSE_SECONDS * 2 ** (number - 1))
        return self._record("givenUp", number, status, f"{why}; it is not tried again")

    async def _try(self, url: str, body: bytes, secret: bytes | None) -> tuple[int | None, str]:
        headers = {"Content-Type": "application/json", "User-Agent": f"hybridface/{__version__}"}
        if secret is not None:
            headers[SIGNATURE] = signature(secret, int(self._clock().timestamp()), body)
        try:
            status = await self._send(url, body, headers)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            return None, f"the webhook cannot be reached: {str(error) or type(error).__name__}"
        return status, f"the webhook answered {status}"

    async def _secret(self, ref: JobRef, secret_ref: SecretRef | None) -> bytes | None:
        """Raises SecretUnreadable, KubeError."""
        if secret_ref is None:
            return None
        name, key = secret_ref.name, secret_ref.key
        try:
            found = await self._cluster.get(Kind.SECRET, ref.namespace, name)
        except KubeForbidden as error:
            hint = f'a Role with "get" on secrets, resourceNames ["{name}"], bound to the operator\'s service account'
            raise SecretUnreadable(
                f"the operator may not read the Secret {name} that signs: it needs {hint}"
            ) from error
        try:
            secret = base64.b64decode(((found or {}).get("data") or {})[key], validate=True)
        except KeyError:
            raise SecretUnreadable(f'the Secret {name} that signs is not there, or has no key "{key}"') from None
        except binascii.Error as error:
            raise SecretUnreadable(f'the Secret {name}, key "{key}": {error}') from error
        if not secret:
            raise SecretUnreadable(f'the Secret {name}, key "{key}", is empty: it signs nothing')
        return secret

    async def _complain(self, ref: JobRef, why: str) -> None:
        now = self._clock().isoformat(timespec="microseconds")
        await self._cluster.create_event(
            job_event(
                ref,
                kind="Warning",
                reason=Reason.WEBHOOK_FAILED,
                action="Notify",
                note=why,
                now=now,
                instance=self._instance,
            )
        )

    def _record(
        self, outcome: Literal["delivered", "givenUp"], tries: int, status: int | None, message: str
    ) -> Notified:
        at = self._clock().isoformat(timespec="seconds")
        return Notified(outcome=outcome, tries=tries, status=status, message=message, at=at)


def webhook_of(body: Body) -> Webhook | None:
    """Whom a job wants to have told; None too where that cannot be read, as the job then failed for it."""
    try:
        notify = Notify.model_validate((body.get("spec") or {}).get("notify") or {}, by_alias=True, by_name=False)
    except ValidationError:
        return None
    return notify.webhook
