"""Tells people: the status of a job, and events about what changed in it. Writes only what somebody acts on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import structlog

from hybridface_operator.kube.api import ClusterApi, Kind
from hybridface_operator.kube.errors import KubeError, KubeForbidden, KubeGone, KubeRefused
from hybridface_operator.manifests.events import job_event
from hybridface_operator.reconciling.conditions import ConditionWriter, unreadable
from hybridface_operator.reconciling.status import status_of, worth_writing
from hybridface_operator.spec.status import (
    Condition,
    ConditionType,
    FaceSwapJobStatus,
    JobPhase,
)
from hybridface_worker.contract import layout
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import JobRef
from hybridface_worker.store.uri import below

from .known import Known
from .metrics import Metrics
from .mirror import Mirror
from .observing import Judged
from .world import World

log = structlog.get_logger()

_TOLD = (
    ConditionType.PLACED,
    ConditionType.COMPLETE,
    ConditionType.FAILED,
    ConditionType.SUSPENDED,
    ConditionType.STALLED,
)


class Reporter:
    """Writes statuses and events."""

    def __init__(
        self,
        cluster: ClusterApi,
        world: World,
        mirror: Mirror,
        instance: str,
        clock: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        self._cluster = cluster
        self._world = world
        self._mirror = mirror
        self._instance = instance
        self._clock = clock
        self._metrics = metrics

    async def report(self, uid: str, known: Known) -> bool:
        """Writes the job's status where it is worth it. Whether it is told, and need not be tried again."""
        body = self._mirror.face_swap_job(uid)
        judged = known.judged
        if body is None or judged is None:
            return True
        before = FaceSwapJobStatus.from_wire(body.get("status"))
        after = self._status(judged, known, before, int(body["metadata"].get("generation") or 0))
        ref = judged.ref
        try:
            if after is not None and worth_writing(before, after):
                self._mirror.see(Kind.FACE_SWAP_JOB, await self._cluster.write_status(ref, after.to_wire()))
                known.untold.extend(self._events(ref, before, after))
            await self._tell(known)
        except KubeGone:
            return True
        except KubeError as error:
            self._metrics.error(error)
            log.warning("status.waits", job=ref.name, why=str(error))
            return False
        return True

    async def _tell(self, known: Known) -> None:
        """Sends the events that are still to be sent. What is refused is given up: the status says it too."""
        while known.untold:
            try:
                await self._cluster.create_event(known.untold[0])
            except (KubeForbidden, KubeRefused) as error:
                log.warning("event.refused", why=str(error))
            known.untold.popleft()

    def _status(
        self, judged: Judged, known: Known, before: FaceSwapJobStatus, generation: int
    ) -> FaceSwapJobStatus | None:
        """None where nothing came of the first reconcile, because of a defect that is logged."""
        if judged.job is None and judged.refusal is not None:
            why, writer = judged.refusal, ConditionWriter(before, generation, self._clock())
            return unreadable(writer, why.reason, why.message, final=judged.final)
        turn = known.turn
        if turn is None:
            return None
        output = turn.seen.job.spec.output.uri
        index = below(output, layout.published_index(turn.seen.ref))
        refused = self._world.policy_state.refused
        return status_of(
            turn.seen,
            turn.step,
            known.memory.decided,
            currency=self._world.policy.currency,
            index_uri=index,
            policy_refused=Finding(reason=refused.reason, message=refused.message) if refused else None,
        )

    def _events(self, ref: JobRef, before: FaceSwapJobStatus, after: FaceSwapJobStatus) -> Iterator[dict[str, object]]:
        now = self._clock().isoformat(timespec="microseconds")
        for condition in changed(before, after):
            bad = condition.type in (ConditionType.FAILED, ConditionType.STALLED)
            yield job_event(
                ref,
                kind="Warning" if bad else "Normal",
                reason=Reason(condition.reason),
                action=condition.type.value,
                note=condition.message,
                now=now,
                instance=self._instance,
            )


def changed(before: FaceSwapJobStatus, after: FaceSwapJobStatus) -> Iterator[Condition]:
    """The conditions that people are told of when they come to hold, or hold for another reason."""
    known = {condition.type: condition for condition in before.conditions}
    for condition in after.conditions:
        old = known.get(condition.type)
        news = old is None or (old.status, old.reason) != (condition.status, condition.reason)
        if condition.type in _TOLD and news and (condition.status == "True" or condition.type is ConditionType.PLACED):
            if condition.type is ConditionType.STALLED and after.phase is JobPhase.FAILED:
                continue
            yield condition
