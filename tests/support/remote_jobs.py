"""A job whose every object is in an object store: the coordinator is played here, the workers are real."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from hybridface_operator.catalogue import resolve_models
from hybridface_operator.planning.deal import deal
from hybridface_operator.planning.merging import deal_merge
from hybridface_operator.planning.plan import face_selection, make_plan
from hybridface_operator.planning.probing import deal_probe, leaves
from hybridface_operator.spec.job import FaceSwapJob
from hybridface_operator.storage.expand import expand
from hybridface_worker.contract import layout
from hybridface_worker.contract.catalogue import Catalogue
from hybridface_worker.contract.inputs import Inputs
from hybridface_worker.contract.plan import Plan
from hybridface_worker.contract.probe import ProbeResult
from hybridface_worker.contract.spec import JobRef, Limits
from hybridface_worker.contract.task import Attempt, MergeTask, ProbeTask, SwapTask
from hybridface_worker.store.job_area import JobArea
from hybridface_worker.store.settings import StoreSettings
from hybridface_worker.store.stores import Stores

from .forked_workers import forked_workers
from .minio_server import MinioServer
from .runs import NO_MODELS, manifest

JOB = JobRef(namespace="team", name="test", uid="5c1f7e52-0000-4000-8000-000000000001")
WORKER = "registry/hybridface-worker@sha256:0"


@dataclass(frozen=True)
class Shard:
    """A shard that has been worked."""

    status: int
    events: list[dict[str, Any]]

    def of(self, event: str) -> list[dict[str, Any]]:
        """The events of that name."""
        return [each for each in self.events if each["event"] == event]


class RemoteJob:
    """One job over a real server. Its own objects are in the bucket `work`, below a prefix."""

    def __init__(
        self,
        minio: MinioServer,
        work: str,
        *,
        source: str,
        targets: Mapping[str, str],
        output: dict[str, Any],
        catalogue: Catalogue = NO_MODELS,
        command: Sequence[str] = (),
        chunk_frames: int | None = None,
        **spec: Any,
    ) -> None:
        """`command` starts a worker; without one workers are forked. `chunk_frames` may be what the schema does not
        allow: the planner takes any size."""
        document = manifest({}, Path("/"), **spec)
        document["spec"]["sources"][0]["images"] = [{"uri": source}]
        document["spec"]["targets"] = [{"name": name, "uri": uri} for name, uri in targets.items()]
        document["spec"]["output"] = output
        job = FaceSwapJob.model_validate(document)
        chunks = {} if chunk_frames is None else {"chunk_frames": chunk_frames}
        self.job = job.model_copy(update={"spec": job.spec.model_copy(update=chunks)})
        self.stores = Stores(StoreSettings(s3=minio.settings))
        store, prefix = self.stores.resolve(f"s3://{work}/{layout.job_prefix('cluster', JOB.uid)}")
        self.area = JobArea(store, prefix)
        self._models = resolve_models(self.job, catalogue)
        self.inputs = self._expanded()
        self.area.put_absent(layout.INPUTS, self.inputs)
        self._attempts = 0
        self._command = command or forked_workers()  # here, since what forks ends with the thread that began it
        self._environment = {
            **os.environ,
            "HYBRIDFACE_S3_ENDPOINT": f"http://{minio.settings.endpoint}",
            "HYBRIDFACE_S3_ACCESS_KEY": minio.settings.access_key,
            "HYBRIDFACE_S3_SECRET_KEY": minio.settings.secret_key,
        }

    def probe(self, shards: int = 1) -> list[Shard]:
        """Probes every input."""
        spec = self.job.spec
        dealt = deal_probe(self.inputs, shards)
        self._probes = leaves(dealt)
        task = ProbeTask(
            detector=self._models.detector, faces=face_selection(spec), limits=Limits(), shards=tuple(dealt)
        )
        return self._work(task, range(len(dealt)))

    def plan(self) -> Plan:
        """Plans the job from what Probe found, and freezes the plan."""
        probes = [self.area.read(ProbeResult, layout.probe_result(number)) for number in self._probes]
        self.area.put_absent(
            layout.PLAN, make_plan(JOB, self.job.spec, self._models, self.inputs, probes, WORKER, Limits())
        )
        return self.area.read(Plan, layout.PLAN)

    def swap(self, plan: Plan, shards: int, only: int | None = None) -> list[Shard]:
        """Works every shard, two at a time, or only one of them."""
        task = SwapTask(shards=deal(plan.chunks(), shards))
        return self._work(task, range(len(task.shards)) if only is None else [only])

    def merge(self, plan: Plan, shards: int) -> list[Shard]:
        """Merges and publishes every output."""
        task = MergeTask(shards=deal_merge(range(len(list(plan.published()))), shards))
        return self._work(task, range(len(task.shards)))

    def _expanded(self) -> Inputs:
        return expand(self.job.spec, self.stores)

    def _environment_of(self, _phase: str) -> dict[str, str]:
        """What a worker of the next attempt is started with."""
        return self._environment

    def _work(self, task: ProbeTask | SwapTask | MergeTask, shards: range | list[int]) -> list[Shard]:
        self._attempts += 1
        key = layout.attempt(self._attempts)
        self.area.put_absent(key, Attempt(attempt=self._attempts, job=JOB, pool="test", work=task))
        environment = self._environment_of(task.phase)
        with ThreadPoolExecutor(2) as pool:
            work = partial(worked, environment, task.phase, self.area.uri(key), command=self._command)
            return list(pool.map(work, shards))


def worked(environment: Mapping[str, str], phase: str, task: str, shard: int, command: Sequence[str] = ()) -> Shard:
    """Works a shard by the worker's own code, in a process that this command starts, or that is forked."""
    with subprocess.Popen(
        [*(command or forked_workers()), phase, task],
        env={**environment, "JOB_COMPLETION_INDEX": str(shard), "HYBRIDFACE_WORKER_NAME": f"{phase}-{shard}"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        events = [json.loads(line) for line in process.stdout]
    return Shard(process.returncode, events)
