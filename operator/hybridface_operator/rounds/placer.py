"""The placement pass: requests of all waiting jobs go to `allocate`, what it decides is recorded and done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

import structlog

from hybridface_operator.errors import JobRefused, OperatorError
from hybridface_operator.kube.errors import KubeForbidden, KubeRefused
from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.policy.policy import Policy
from hybridface_operator.reconciling.observed import Observed
from hybridface_operator.reconciling.placing import place
from hybridface_operator.reconciling.status import LastDecision
from hybridface_operator.routing.allocate import Decision, allocate
from hybridface_operator.routing.placement import DecisionRecord, Placement
from hybridface_worker.contract import layout
from hybridface_worker.contract.document import DocumentError
from hybridface_worker.contract.errors import WorkerError

from .backoff import after_failures, after_refusals
from .facts import facts, job_facts, promised
from .known import Jobs, Known, Refused
from .metrics import Metrics
from .pools import Pools
from .world import World

log = structlog.get_logger()


@dataclass(frozen=True)
class _Grounds:
    """What a pass decides by besides its facts. While its decisions are carried out, the world may learn of others."""

    inventory: Inventory
    policy: Policy
    revision: int

    @classmethod
    def of(cls, world: World) -> Self:
        """As it is now."""
        return cls(world.inventory, world.policy, world.policy_state.revision)


@dataclass(frozen=True)
class Decided:
    """What is to be carried out for one job."""

    decision: Decision
    grounds: _Grounds


class Placer:
    """Places what waits."""

    def __init__(
        self,
        world: World,
        jobs: Jobs,
        pools: Pools,
        clock: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        self._world = world
        self._jobs = jobs
        self._pools = pools
        self._clock = clock
        self._metrics = metrics

    def decide(self, busy: Collection[str]) -> dict[str, Decided]:
        """One pass over all that asks. Returns what changes something, or says something new, in the order of serving.

        Nothing is asked for those that are `busy`: what is known of them may be changing. What a job is given is held
        for it until `do` has ended.
        """
        turns = {uid: known.turn for uid, known in self._jobs.items() if uid not in busy and known.turn is not None}
        turns = {uid: turn for uid, turn in turns.items() if turn.step.request is not None and not turn.acted_on}
        if not turns:
            return {}
        world, grounds = self._world, _Grounds.of(self._world)
        requests = [turn.step.request for turn in turns.values() if turn.step.request is not None]
        told = facts(
            self._clock(),
            world.inventory,
            world.state,
            quotes=world.quotes,
            free=self._pools.free_gpus(),
            closed=self._pools.closed(),
            loads=self._pools.loads(),
            requests=requests,
            jobs={uid: job_facts(turn.seen, world.state, grounds.policy) for uid, turn in turns.items()},
        )
        decisions = allocate(requests, grounds.inventory, grounds.policy, told)
        self._remember_failing({decision.request.job.uid: decision.placement for decision in decisions})
        made = {decision.request.job.uid: Decided(decision, grounds) for decision in decisions}
        matter = {uid: decided for uid, decided in made.items() if self._matters(self._jobs[uid], decided.decision)}
        for uid, decided in matter.items():
            self._jobs[uid].promised = promised(decided.decision)
        return matter

    async def do(self, uid: str, decided: Decided) -> datetime | None:
        """Records a decision, and does what follows. Returns when to reconcile the job again."""
        known = self._jobs.get(uid)
        if known is None or known.turn is None:
            return None
        try:
            return await self._do(uid, known, known.turn.seen, decided)
        finally:
            known.promised = None  # last: what it got instead is known by now

    async def _do(self, uid: str, known: Known, seen: Observed, decided: Decided) -> datetime | None:
        decision = decided.decision
        try:
            await self._record(known, decided)
            self._metrics.placed(decision.placement, seen)
            actions = place(seen, decision.placement, known.memory.decisions)
            for action in actions:
                await known.executor.apply(seen, action)
        except JobRefused as refused:
            known.fail(refused)
            return None
        except (OperatorError, WorkerError, DocumentError, OSError) as error:
            self._metrics.error(error)
            again = self._set_back(known, error)
            log.warning("placement.waits", uid=uid, why=str(error), again_in_seconds=again.total_seconds())
            return self._clock() + again
        known.setbacks, known.refused = 0, None
        if not actions:
            return None
        known.act()
        return self._clock()

    def _set_back(self, known: Known, error: Exception) -> timedelta:
        """For how long the job waits because of it."""
        known.setbacks += 1
        known.load = None  # some of it may have been done
        again = after_failures(known.setbacks)
        if isinstance(error, KubeForbidden | KubeRefused):
            again = after_refusals(known.setbacks)
            known.refused = Refused(error, self._clock() + again)
        known.wait(error)
        return again

    async def _record(self, known: Known, decided: Decided) -> None:
        """Under the first number that is free: an operator before this one may have got as far and no further."""
        decision, grounds, memory = decided.decision, decided.grounds, known.memory
        while True:
            memory.decisions += 1
            record = DecisionRecord(
                decision=memory.decisions,
                request=decision.request,
                inventory=grounds.inventory,
                policy=grounds.policy,
                policy_sha256=grounds.policy.digest(),
                policy_revision=grounds.revision,
                facts=decision.facts,
                placement=decision.placement,
            )
            if await asyncio.to_thread(memory.records.area.put_absent, layout.decision(record.decision), record):
                break
        memory.decided = LastDecision(record.decision, decision.placement, record.policy_sha256, record.policy_revision)

    def _matters(self, known: Known, decision: Decision) -> bool:
        placement = decision.placement
        if placement.shares or placement.leave:
            return True
        decided = known.memory.decided
        before = None if decided is None else decided.placement
        if decision.request.shards == 0:
            return _trouble(before) != _trouble(placement)
        return before is None or _gist(before) != _gist(placement)

    def _remember_failing(self, placements: dict[str, Placement]) -> None:
        state = self._world.state
        kept = {uid: since for uid, since in state.failing_since.items() if uid in self._jobs and uid not in placements}
        now = {uid: placement.failing_since for uid, placement in placements.items() if placement.failing_since}
        if {**kept, **now} != state.failing_since:
            self._world.state = state.model_copy(update={"failing_since": {**kept, **now}})


def _gist(placement: Placement) -> tuple[object, ...]:
    """What makes two decisions different to people: numbers in words do not."""
    return (
        placement.phase,
        placement.rule,
        placement.waiting and placement.waiting.reason,
        tuple((verdict.pool, verdict.fit, verdict.reason) for verdict in placement.verdicts),
    )


def _trouble(placement: Placement | None) -> tuple[object, ...]:
    """What of a decision on running work is news: that the pool which it fills is full is none."""
    if placement is None:
        return False, set()
    failing = {(pool, gate) for pool, since in placement.failing_since.items() for gate in since}
    return placement.waiting is not None, failing
