"""What is written for one job."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hybridface_operator.credentials.temporary import StorageCredentials
from hybridface_operator.reconciling.actions import WritePlan
from hybridface_operator.rounds.executor import Executor, Tools
from hybridface_operator.rounds.memory import JobMemory
from hybridface_operator.storage.records import Records
from hybridface_worker.contract.plan import MAPPED
from hybridface_worker.store.job_area import JobArea
from support.memory_store import MemoryStores
from support.plans import inputs, plan, video
from support.reconciling import REF, end, swap, swapping


@pytest.mark.parametrize(("source", "path"), [("actor", "actor/clip-0.mp4"), (MAPPED, "clip-0.mp4")])
def test_an_output_that_is_not_made_is_reported_where_it_would_have_been(source, path):
    stores: Any = MemoryStores()
    stores.bucket("results").write(path, b"somebody else's")
    memory = JobMemory(Records(JobArea(stores.bucket("work"), "jobs/x/"), REF))
    nobody: Any = None
    executor = Executor(Tools(nobody, stores, nobody, nobody, nobody, nobody), memory, lambda _job: None)
    asyncio.run(executor.apply(swapping(), WritePlan(plan(video("clip", 64), sources=(source,)))))
    report = memory.records.report(source, plan(video("clip", 64)).outputs[0])
    assert [each.outcome for each in memory.reports.values()] == [report.outcome] == ["failed"]
    assert report.uri == f"s3://results/{path}"


@pytest.mark.parametrize(("ends_meanwhile", "written"), [(False, 1), (True, 0)])
def test_an_attempt_that_ends_while_credentials_are_minted_for_it_gets_none(ends_meanwhile, written):
    memory, secrets, attempt = JobMemory(Records(JobArea(MemoryStores().bucket("work"), "x/"), REF)), [], swap(1)

    class Outside:
        def mint(self, _policy: str) -> StorageCredentials:
            if ends_meanwhile:
                memory.ends[1] = end(1)
            return StorageCredentials("a", "b", "c", "2026-11-01T12:00:00Z", "2026-11-01T13:00:00Z")

        async def put_secret(self, body: Any) -> None:
            secrets.append(body)

    outside: Any = Outside()
    executor = Executor(Tools(outside, outside, outside, outside, outside, outside), memory, lambda _job: None)
    memory.take_inputs(inputs(("clip",)))
    seen = swapping(attempts=(attempt,))
    assert seen.models is not None
    asyncio.run(executor.renew(seen, attempt, seen.models))
    assert len(secrets) == written
