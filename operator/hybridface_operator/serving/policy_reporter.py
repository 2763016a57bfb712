"""Tells people what became of a new policy: in the log, and by events about the ConfigMap that keeps the last good one.

It decides nothing, and nothing waits for it: an event that cannot be written is counted and left.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

import structlog

from hybridface_operator.consul_kv.policy_state import PolicyState
from hybridface_operator.kube.api import ClusterApi, Kind
from hybridface_operator.kube.errors import KubeError
from hybridface_operator.manifests.config import POLICY_NAME
from hybridface_operator.manifests.events import policy_event
from hybridface_operator.rounds.controller import Controller
from hybridface_worker.contract.reasons import Reason

from .settings import OperatorSettings

log = structlog.get_logger()


class PolicyReporter:
    """Call it with the state before and after a change."""

    def __init__(
        self,
        cluster: ClusterApi,
        controller: Controller,
        settings: OperatorSettings,
        clock: Callable[[], datetime],
    ) -> None:
        self._cluster = cluster
        self._metrics = controller.metrics
        self._namespace, self._instance = settings.namespace, settings.instance
        self._clock = clock

    async def __call__(self, before: PolicyState, after: PolicyState) -> None:
        """Never raises."""
        refused = after.refused
        if refused and refused != before.refused:
            log.error("policy.refused", reason=refused.reason, why=refused.message)
            instead = "the last good policy stays in force" if after.policy else "private pools alone are used"
            await self._report("Warning", refused.reason, f"{instead}: {refused.message}")
        elif not refused and after.policy is not None:
            said = f"in force with index {after.revision}, sha256 {after.sha256}"
            log.info("policy.accepted", revision=after.revision, sha256=after.sha256)
            await self._report("Normal", Reason.POLICY_ACCEPTED, said)

    async def _report(self, kind: Literal["Normal", "Warning"], reason: Reason, note: str) -> None:
        try:
            kept = await self._cluster.get(Kind.CONFIG_MAP, self._namespace, POLICY_NAME)
            event = policy_event(
                self._namespace,
                kept["metadata"]["uid"] if kept else None,
                kind=kind,
                reason=reason,
                note=note,
                now=self._clock().isoformat(timespec="microseconds"),
                instance=self._instance,
            )
            await self._cluster.create_event(event)
        except KubeError as error:
            self._metrics.error(error)
            log.warning("policy.not_told", why=str(error))
