"""Does what was decided for one job, in storage and at the API server. Decides nothing; all can be done twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import structlog

from hybridface_operator.credentials.copies import Copy, needed_copies, with_copies
from hybridface_operator.credentials.renewal import Held
from hybridface_operator.credentials.session_policy import Reach, session_policy
from hybridface_operator.credentials.temporary import StorageCredentials
from hybridface_operator.kube.api import Body, ClusterApi
from hybridface_operator.kube.errors import KubeError
from hybridface_operator.manifests.attempt import AttemptRef, JobContext, secret_name
from hybridface_operator.manifests.jobs import attempt_job
from hybridface_operator.manifests.secrets import credentials_secret
from hybridface_operator.manifests.settings import PodSettings
from hybridface_operator.planning.settled import Settled
from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.policy.types import Sensitivity, most_sensitive
from hybridface_operator.reconciling import actions as act
from hybridface_operator.reconciling.observed import AttemptView, Observed
from hybridface_operator.reconciling.records import MAX_SAID, EndCause
from hybridface_operator.storage.expand import expand
from hybridface_operator.storage.index import publish_index
from hybridface_operator.storage.survey import OutputFolder, in_the_way
from hybridface_worker.contract import layout
from hybridface_worker.contract.errors import StoreError
from hybridface_worker.contract.inputs import Inputs
from hybridface_worker.contract.plan import Plan
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Models
from hybridface_worker.contract.task import Attempt
from hybridface_worker.store.stores import Stores

from .memory import JobMemory

log = structlog.get_logger()


class Mints(Protocol):
    """Makes storage credentials that may do what a session policy says."""

    def mint(self, policy: str) -> StorageCredentials:
        """Blocking. Raises MintingError."""
        ...


class Copies(Protocol):
    """Copies inputs within the object store."""

    def copy(self, copies: tuple[Copy, ...]) -> dict[str, str]:
        """Blocking. Returns ETags by URI. Raises StoreError."""
        ...


@dataclass(frozen=True)
class Tools:
    """Everything outside this process that executors touch."""

    cluster: ClusterApi
    stores: Stores
    minter: Mints
    copier: Copies
    pods: PodSettings
    inventory: Inventory


class Executor:
    """Acts for one job."""

    def __init__(self, tools: Tools, memory: JobMemory, mirror_job: Callable[[Body], object]) -> None:
        """`mirror_job` is told of Jobs that were created, before any watch is."""
        self._tools = tools
        self._memory = memory
        self._area = memory.records.area
        self._mirror_job = mirror_job

    async def apply(self, seen: Observed, action: act.Action | act.StartAttempt) -> None:
        """Does one thing.

        Raises:
            JobRefused: inputs cannot be found.
            StoreError, MintingError, KubeError: as their classes say.
        """
        match action:
            case act.EndAttempt():
                await self._end(seen, action)
            case act.RemovePod(pod, uid):
                log.warning("pod.removed", job=seen.ref.name, pod=pod)
                await self._tools.cluster.force_delete_pod(seen.ref.namespace, pod, uid)
            case act.StartAttempt():
                await self._start(seen, action)
            case act.RecordEnd(end):
                await self._drop_secret(seen, end.attempt)  # first: who ends in between has it done again
                await asyncio.to_thread(self._area.put_absent, layout.attempt_end(end.attempt), end)
                self._memory.ends[end.attempt] = end
            case _:
                await asyncio.to_thread(self._write, seen, action)

    async def renew(self, seen: Observed, attempt: AttemptView, models: Models) -> None:
        """Gives an attempt's pods new credentials, in place; nothing where it has ended while they were minted."""
        ref = self._ref(attempt.document, attempt.job.parallelism if attempt.job else 1)
        minted = await asyncio.to_thread(self._mint, seen, ref, models)
        if ref.number not in self._memory.ends:
            await self._give_credentials(seen, ref, minted)

    def _write(self, seen: Observed, action: act.Action) -> None:
        """What is done in storage alone. Blocking."""
        memory, records = self._memory, self._memory.records
        match action:
            case act.Expand():
                memory.take_inputs(self._expand(seen))
            case act.WritePlan(plan):
                self._write_plan(plan)
            case act.RecordExit(worker_exit):
                records.record_exit(worker_exit)
                memory.exits[worker_exit.worker] = worker_exit
            case act.GiveUpProbe(result):
                self._area.put_absent(layout.probe_result(result.shard), result)
                memory.probes[result.shard] = result
            case act.FailChunk(chunk, finding, attempt, shard):
                if records.fail_chunk(chunk, finding, attempt=attempt, shard=shard):
                    memory.committed[chunk] = "failed"
            case act.FailOutput(position, finding):
                folder = OutputFolder(self._tools.stores, seen.job.spec.output.uri)
                if memory.plan is not None:
                    self._fail_output(folder, memory.plan, position, finding)
            case act.PublishIndex():
                self._publish_index()
            case _:
                raise TypeError(f"nobody does {action}")

    def _expand(self, seen: Observed) -> Inputs:
        """Whoever was first decides what the inputs are."""
        found = expand(seen.job.spec, self._tools.stores)
        folder = self._area.uri("")
        if seen.models is not None:
            copies = needed_copies(folder, found, seen.models, seen.job.spec.output.uri)
            if copies:
                found = with_copies(found, folder, self._tools.copier.copy(copies))
        first = self._area.put_absent(layout.INPUTS, found)
        return found if first else self._read_inputs()

    def _read_inputs(self) -> Inputs:
        return self._area.read(Inputs, layout.INPUTS)

    def _write_plan(self, plan: Plan) -> None:
        """Outputs whose place is taken are reported on before any GPU is asked for: their chunks are not worked."""
        if not self._area.put_absent(layout.PLAN, plan):
            plan = self._area.read(Plan, layout.PLAN)
        folder = OutputFolder(self._tools.stores, plan.output.uri)
        for position, finding in in_the_way(folder, plan).items():
            self._fail_output(folder, plan, position, finding)
        self._memory.take_plan(plan)  # last: where storage goes away in between, all of it is done again

    def _fail_output(self, folder: OutputFolder, plan: Plan, position: int, finding: Finding) -> None:
        source, output = plan.published_at(position)
        uri = folder.uri(layout.output_path(source, output.path))
        report = self._memory.records.fail_output(plan, source, output, uri, finding)
        self._memory.reports[position] = Settled.by(report)

    def _publish_index(self) -> None:
        memory = self._memory
        if memory.plan is None:
            raise ValueError("there is no index before there is a plan")
        folder = OutputFolder(self._tools.stores, memory.plan.output.uri)
        result = publish_index(memory.reports, folder, memory.records, self._read_inputs, memory.plan)
        if result.index_problem:
            raise StoreError(Reason.SERVICE_AWAY, f"the index could not be published: {result.index_problem}")
        memory.indexed = True

    async def _start(self, seen: Observed, action: act.StartAttempt) -> None:
        """The task, its credentials, its Job: in this order, so that a Job always finds what it needs."""
        ref, minted = await asyncio.to_thread(self._freeze, seen, action)
        await self._give_credentials(seen, ref, minted)
        context = self._context(seen, ref.number)
        pool = self._tools.inventory.pool(ref.pool)
        body = attempt_job(context, ref, pool, self._tools.inventory, self._tools.pods)
        self._mirror_job(await self._tools.cluster.create_job(body))
        log.info(
            "attempt.started",
            job=seen.ref.name,
            attempt=ref.number,
            phase=ref.phase,
            pool=ref.pool,
            shards=ref.shards,
            parallelism=ref.parallelism,
        )

    async def _end(self, seen: Observed, action: act.EndAttempt) -> None:
        self._memory.ending[action.number] = action.cause
        self._made_for(seen, action.number)  # once the Job is gone, nothing else says how its Secret is called
        why = await self._why(seen, action)
        log.info("attempt.ended", job=seen.ref.name, attempt=action.number, cause=action.cause, why=why)
        await self._tools.cluster.delete_job(seen.ref.namespace, action.job, action.uid, foreground=True)

    async def _why(self, seen: Observed, action: act.EndAttempt) -> str:
        """Why the attempt is ended; once its Job is gone, nobody finds what kept it from making pods."""
        if action.cause is not EndCause.NO_PODS:
            return action.message
        with suppress(KubeError):  # a role of an earlier release may not read events
            said = await self._tools.cluster.why_no_pods(seen.ref.namespace, action.uid)
            if said:
                self._memory.said[action.number] = said[:MAX_SAID]
        return self._memory.said.get(action.number, action.message)

    def _freeze(self, seen: Observed, action: act.StartAttempt) -> tuple[AttemptRef, StorageCredentials]:
        """Writes the task down, unless it is already, and mints for it."""
        attempt = action.attempt
        key = layout.attempt(attempt.attempt)
        if not self._area.put_absent(key, attempt):
            attempt = self._area.read(Attempt, key)
        self._memory.attempts[attempt.attempt] = attempt
        if seen.models is None:
            raise ValueError("a job whose models are not known is not placed")
        ref = self._ref(attempt, action.parallelism)
        return ref, self._mint(seen, ref, seen.models)

    def _mint(self, seen: Observed, ref: AttemptRef, models: Models) -> StorageCredentials:
        if self._memory.reads is None:
            raise ValueError("a job without inputs reads nothing")
        reach = Reach(self._area.uri(""), *self._memory.reads, models, seen.job.spec.output.uri)
        return self._tools.minter.mint(session_policy(ref.phase, ref.number, reach))

    async def _give_credentials(self, seen: Observed, ref: AttemptRef, minted: StorageCredentials) -> None:
        self._memory.credentials[ref.number] = Held.of(str(ref.number), minted.minted, minted.expires)
        await self._tools.cluster.put_secret(credentials_secret(self._context(seen, ref.number), ref, minted))

    async def _drop_secret(self, seen: Observed, number: int) -> None:
        made_for = self._made_for(seen, number)
        for sensitivity in sorted({made_for, most_sensitive(made_for, seen.sensitivity)}):
            name = secret_name(sensitivity, seen.ref.uid, number)
            await self._tools.cluster.delete_secret(seen.ref.namespace, name)

    def _made_for(self, seen: Observed, number: int) -> Sensitivity:
        """How sensitive the work of an attempt was when it was made: a tenant's least may have changed since."""
        job = next((attempt.job for attempt in seen.attempts if attempt.number == number), None)
        if job is not None and job.sensitivity is not None:
            self._memory.made_for[number] = job.sensitivity
        return self._memory.made_for.get(number, seen.sensitivity)

    def _ref(self, attempt: Attempt, parallelism: int) -> AttemptRef:
        return AttemptRef(
            number=attempt.attempt,
            phase=attempt.work.phase,
            pool=attempt.pool,
            shards=len(attempt.work.shards),
            parallelism=max(1, parallelism),
            task=self._area.uri(layout.attempt(attempt.attempt)),
        )

    def _context(self, seen: Observed, number: int) -> JobContext:
        """Never less sensitive than the job is now: a label of a Job is anybody's who may edit it."""
        files = seen.models.used() if seen.models else ()
        image = seen.plan.worker if seen.plan and "@sha256:" in seen.plan.worker else None
        return JobContext(
            job=seen.ref,
            sensitivity=most_sensitive(self._made_for(seen, number), seen.sensitivity),
            priority=seen.job.spec.priority,
            image=image,
            preload=any(model.uri is not None for model in files),
            labels=seen.job.metadata.labels,
        )
