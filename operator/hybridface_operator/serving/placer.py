"""The placement pass: requests of all waiting jobs go to `allocate`, what it decides is recorded and done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from hybridface_operator.errors import JobRefused, OperatorError
from hybridface_operator.reconciling.placing import place
from hybridface_operator.reconciling.status import Decided
from hybridface_operator.routing.allocate import Decided as Answer
from hybridface_operator.routing.allocate import allocate
from hybridface_operator.routing.placement import DecisionRecord, Placement
from hybridface_worker.contract import layout
from hybridface_worker.contract.document import DocumentError
from hybridface_worker.contract.errors import WorkerError

from .facts import facts, job_facts
from .known import Jobs, Known, pause
from .metrics import Metrics
from .world import World

log = structlog.get_logger()


class Placer:
    """Places what waits."""

    def __init__(
        self,
        world: World,
        jobs: Jobs,
        free_gpus: Callable[[], dict[str, int]],
        clock: Callable[[], datetime],
        metrics: Metrics | None = None,
    ) -> None:
        self.metrics = metrics or Metrics()
        self._world = world
        self._jobs = jobs
        self._free_gpus = free_gpus
        self._clock = clock

    def decide(self) -> list[tuple[str, Answer]]:
        """One pass over all that asks. The answers that matter: what changes something, or says something new."""
        turns = {
            uid: known.turn
            for uid, known in self._jobs.items()
            if known.turn is not None and known.turn.step.request is not None
        }
        if not turns:
            return []
        world = self._world
        requests = [turn.step.request for turn in turns.values() if turn.step.request is not None]
        told = facts(
            self._clock(),
            world.inventory,
            world.state,
            world.quotes,
            self._free_gpus(),
            (known.load for known in self._jobs.values()),
            requests,
            {uid: job_facts(turn.seen, world.state) for uid, turn in turns.items()},
        )
        answers = allocate(requests, world.inventory, world.policy, told)
        self._remember_failing({answer.request.job.uid: answer.placement for answer in answers})
        return [
            (answer.request.job.uid, answer)
            for answer in answers
            if self._matters(self._jobs[answer.request.job.uid], answer)
        ]

    async def do(self, uid: str, answer: Answer) -> datetime | None:
        """Records a decision, and does what follows. Returns when to look at the job again."""
        known = self._jobs.get(uid)
        if known is None or known.turn is None:
            return None
        seen = known.turn.seen
        try:
            await self._record(known, answer)
            self.metrics.placed(answer.placement, seen)
            actions = place(seen, answer.placement, known.memory.decisions)
            for action in actions:
                await known.hands.do(seen, action)
        except JobRefused as refused:
            known.fail(refused)
            return None
        except (OperatorError, WorkerError, DocumentError, OSError) as error:
            self.metrics.error(error)
            known.setbacks += 1
            known.wait(error)
            again = pause(known.setbacks)
            log.warning("placement.waits", uid=uid, why=str(error), again_in_seconds=again.total_seconds())
            return self._clock() + again
        known.setbacks = 0
        return self._clock() if actions else None

    async def _record(self, known: Known, answer: Answer) -> None:
        """Under the first number that is free: an operator before this one may have got as far and no further."""
        world, memory = self._world, known.memory
        while True:
            memory.decisions += 1
            record = DecisionRecord(
                decision=memory.decisions,
                request=answer.request,
                inventory=world.inventory,
                policy=world.policy,
                policy_sha256=world.policy.digest(),
                policy_revision=world.policy_state.revision,
                facts=answer.facts,
                placement=answer.placement,
            )
            if await asyncio.to_thread(memory.records.area.put_absent, layout.decision(record.decision), record):
                break
        memory.decided = Decided(record.decision, answer.placement, record.policy_sha256, record.policy_revision)

    def _matters(self, known: Known, answer: Answer) -> bool:
        placement = answer.placement
        if placement.shares or placement.leave:
            return True
        before = known.memory.decided
        return before is None or _gist(before.placement) != _gist(placement)

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
