"""One job on this machine, from its inputs to its index: the phases one after the other, each finding what was done."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from signal import SIGINT, SIGTERM

from hybridface_operator.errors import JobRefused, UsageError
from hybridface_operator.planning.outputs import differ_only_in_case
from hybridface_operator.planning.plan import face_selection, make_plan
from hybridface_operator.planning.settled import Settled
from hybridface_operator.planning.standing import needed_chunks
from hybridface_operator.spec.job import FaceSwapJobSpec
from hybridface_operator.storage.index import JobResult, publish_index
from hybridface_operator.storage.records import Records
from hybridface_operator.storage.survey import OutputFolder, survey
from hybridface_worker import __version__
from hybridface_worker.contract import layout
from hybridface_worker.contract.inputs import Inputs
from hybridface_worker.contract.plan import Plan
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import JobRef, Models
from hybridface_worker.store.job_area import JobArea
from hybridface_worker.store.scratch import naming_scratch
from hybridface_worker.store.stores import Stores

from .listener import Listener
from .merging import merge
from .probing import Probing
from .processes import Processes
from .runner import Runner
from .settings import LocalSettings
from .swapping import Swapping

WORKER = f"hybridface=={__version__}"


@dataclass(frozen=True)
class LocalJob:
    """A job that can be run: its inputs are there, its models are known."""

    ref: JobRef
    spec: FaceSwapJobSpec
    models: Models
    inputs: Inputs


class Coordinator:
    """Runs one job. The caller holds the job's lock."""

    def __init__(
        self, job: LocalJob, area: JobArea, stores: Stores, settings: LocalSettings, listener: Listener
    ) -> None:
        self._job = job
        self._area = area
        self._settings = settings
        self._listener = listener
        self._records = Records(area, job.ref)
        self._folder = OutputFolder(stores, job.spec.output.uri)

    async def run(self) -> JobResult:
        """Does all of the job that is not done, and publishes its index.

        Raises:
            JobRefused: a source has no face, or consent has expired.
            JobStopped: the job cannot go on.
            Interrupted: by SIGINT or SIGTERM, once every worker has ended.
        """
        self._freeze_inputs()
        with self._scratch() as scratch:
            async with self._processes(scratch) as processes:
                with self._stopping(processes):
                    runner = Runner(
                        self._records,
                        processes,
                        self._listener,
                        session=secrets.token_hex(4),
                        workers=self._settings.workers,
                    )
                    plan = await self._plan(runner)
                    await self._work(plan, runner)
        return self._publish_index(plan)

    def _publish_index(self, plan: Plan) -> JobResult:
        reports = self._records.reports(plan)
        settled = {place: Settled.by(reports[output]) for place, output in enumerate(plan.published())}
        result = publish_index(settled, self._folder, self._records, lambda: self._job.inputs, plan)
        return replace(result, reports=tuple(reports.values()))

    def _freeze_inputs(self) -> None:
        if not self._area.put_absent(layout.INPUTS, self._job.inputs):
            known = self._area.read(Inputs, layout.INPUTS)
            if known != self._job.inputs:
                where = self._area.uri(layout.INPUTS)
                raise JobRefused(Reason.INPUT_CHANGED, f"{where} has changed; remove its folder to start over")

    async def _plan(self, runner: Runner) -> Plan:
        if self._area.exists(layout.PLAN):
            return self._area.read(Plan, layout.PLAN)
        job = self._job
        self._check_consent()
        limits = self._settings.limits
        probes = await Probing(self._records, runner, self._listener, job.inputs, limits).run(
            job.models.detector, face_selection(job.spec), shards=self._settings.shards
        )
        plan = make_plan(job.ref, job.spec, job.models, job.inputs, probes, WORKER, limits)
        self._area.put_absent(layout.PLAN, plan)
        return plan

    async def _work(self, plan: Plan, runner: Runner) -> None:
        for paths in differ_only_in_case(plan.outputs):
            self._listener.note("outputs.case", f"these differ only in case: {', '.join(paths)}")
        wanted = survey(self._records, self._folder, plan)
        if not wanted:
            return
        self._check_worker(plan)
        self._check_consent()
        chunks = needed_chunks(plan, wanted)
        swapping = Swapping(self._records, runner, self._listener, max_tries=plan.max_tries_per_chunk)
        await swapping.run(chunks, shards=self._settings.shards)
        self._check_consent()
        await merge(self._records, runner, self._listener, plan, wanted, shards=self._settings.shards)

    def _check_worker(self, plan: Plan) -> None:
        """The frames of a job are made by one release. Raises UsageError."""
        if plan.worker != WORKER:
            raise UsageError(
                f"{self._area.uri('')} was begun with {plan.worker}, and this is {WORKER}, which may make other frames:"
                " continue with the former, or remove that folder to start over"
            )

    def _check_consent(self) -> None:
        check_consent(self._job.spec, datetime.now(UTC))

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        """An empty folder for the workers, who leave theirs behind where they are killed."""
        folder = self._settings.scratch(self._job.ref.uid)
        shutil.rmtree(folder, ignore_errors=True)
        with naming_scratch(folder.parent):
            folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _processes(self, scratch: Path) -> Processes:
        settings = self._settings
        environment = {**settings.environment(), "HYBRIDFACE_SCRATCH": str(scratch)}
        return Processes(settings.command, environment, grace_seconds=settings.grace_seconds)

    @contextmanager
    def _stopping(self, processes: Processes) -> Iterator[None]:
        """The first SIGINT or SIGTERM asks the workers to stop, the second ends them at once."""
        loop = asyncio.get_running_loop()

        def stop() -> None:
            if not processes.stopping:
                self._listener.note("stopping", "waiting for the current chunks; press Ctrl-C again to stop at once")
            processes.stop()

        for signal in (SIGINT, SIGTERM):
            loop.add_signal_handler(signal, stop)
        try:
            yield
        finally:
            for signal in (SIGINT, SIGTERM):
                loop.remove_signal_handler(signal)


def check_consent(spec: FaceSwapJobSpec, now: datetime) -> None:
    """Raises JobRefused where the consent that the job rests on has expired."""
    if said := spec.consent.expired(now):
        raise JobRefused(Reason.CONSENT_EXPIRED, said)
