"""Publishes outputs: atomically, and never over something that is not this job's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path

import structlog

from hybridface_worker.contract import layout
from hybridface_worker.contract.errors import InputRefused, ObjectExistsError, ObjectNotFoundError, StoreRefusedError
from hybridface_worker.contract.events import Event
from hybridface_worker.contract.plan import Plan, PlannedOutput
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.store.base import ObjectInfo, ObjectStore
from hybridface_worker.store.stores import Stores
from hybridface_worker.store.uri import below


@dataclass(frozen=True)
class Published:
    """A published output."""

    sha256: str
    size: int


class Publisher:
    """Writes the outputs of one job."""

    def __init__(self, stores: Stores, plan: Plan, open_scratch: Callable[[Path], BufferedReader]) -> None:
        """`open_scratch` opens what is to be published."""
        self._stores = stores
        self._plan = plan
        self._open = open_scratch
        self._folder = plan.output.uri

    def uri(self, source: str, output: PlannedOutput) -> str:
        """Where an output is published."""
        return below(self._folder, layout.output_path(source, output.path))

    def report_uri(self, source: str, output: PlannedOutput) -> str:
        """Where an output's report is published."""
        return below(self._folder, layout.published_report(self._plan.job, source, output.path))

    def sheet_uri(self, source: str, output: PlannedOutput) -> str:
        """Where an output's contact sheet is published."""
        return below(self._folder, layout.published_sheet(self._plan.job, source, output.path))

    def publish(self, uri: str, path: Path) -> Published:
        """Publishes a file. This job's own output is kept if it is equal, else replaced.

        Raises:
            InputRefused: consent has expired, there is something else, or it is not writable.
        """
        self._check_consent()
        with self._open(path) as data:
            digest = hashlib.file_digest(data, "sha256").hexdigest()
        store, key = self._stores.resolve(uri)
        try:
            there = _head(store, key)
            ours = there is not None and there.metadata.get(layout.OUTPUT_UID) == self._plan.job.uid
            if there is None or not ours or there.metadata.get(layout.OUTPUT_SHA256) != digest:
                only_if_absent = self._plan.output.on_conflict == "fail" and not ours
                store.upload(
                    key,
                    path,
                    if_absent=only_if_absent,
                    metadata={layout.OUTPUT_UID: self._plan.job.uid, layout.OUTPUT_SHA256: digest},
                )
        except ObjectExistsError:
            raise InputRefused(
                Reason.OUTPUT_EXISTS,
                f"{uri} is there already and is not of this job; move it away, or set output.onConflict: replace",
            ) from None
        except StoreRefusedError as error:
            named = error.message.startswith(uri)
            raise InputRefused(
                error.reason, error.message if named else f"{uri} cannot be written: {error.message}"
            ) from error
        return Published(digest, path.stat().st_size)

    def try_beside(self, uri: str, data: bytes) -> None:
        """Publishes a report or contact sheet, replacing an older one. A failure does not concern the output itself."""
        store, key = self._stores.resolve(uri)
        try:
            store.write(key, data, metadata={layout.OUTPUT_UID: self._plan.job.uid})
        except StoreRefusedError as error:
            structlog.get_logger().warning(
                Event.REPORT_NOT_WRITTEN, uri=uri, reason=error.reason, message=error.message
            )

    def _check_consent(self) -> None:
        consent = self._plan.consent
        if consent and consent.expires and datetime.fromisoformat(consent.expires) <= datetime.now(UTC):
            raise InputRefused(
                Reason.CONSENT_EXPIRED,
                f"consent {consent.reference!r} expired at {consent.expires}; nothing more is published",
            )


def _head(store: ObjectStore, key: str) -> ObjectInfo | None:
    try:
        return store.head(key)
    except ObjectNotFoundError:
        return None
