"""What is known of a job's work: read from its folder, never remembered, so that a new process finds it all again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime

from hybridface_operator.planning.tries import counted_tries
from hybridface_worker.contract import layout
from hybridface_worker.contract.manifest import ChunkManifest, OutputReport, TryMarker, WorkerExit
from hybridface_worker.contract.plan import ChunkRef, Plan, PlannedOutput
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.spec import JobRef
from hybridface_worker.contract.task import Attempt, MergeTask, ProbeTask, SwapTask
from hybridface_worker.store.job_area import JobArea

COORDINATOR = "coordinator"
"""Names the coordinator where a worker's name is wanted."""


class Records:
    """The records of one job."""

    def __init__(self, area: JobArea, job: JobRef) -> None:
        self.area = area
        self.job = job

    def attempts(self) -> Iterator[Attempt]:
        """Every attempt, oldest first."""
        for key in sorted(self.area.list("attempts/")):
            yield self.area.read(Attempt, key)

    def new_attempt(self, work: ProbeTask | SwapTask | MergeTask) -> Attempt:
        """Writes down the next attempt."""
        numbers = [int(key.rpartition("/")[2].removesuffix(".json")) for key in self.area.list("attempts/")]
        attempt = Attempt(attempt=max(numbers, default=0) + 1, job=self.job, pool="local", work=work)
        if not self.area.put_absent(layout.attempt(attempt.attempt), attempt):
            raise RuntimeError(f"attempt {attempt.attempt} is there although the job is locked")
        return attempt

    def committed(self, chunks: Iterable[ChunkRef]) -> set[ChunkRef]:
        """Those of the chunks that have a manifest, whatever its outcome."""
        keys = set(self.area.list("done/"))
        return {chunk for chunk in chunks if layout.chunk_manifest(chunk) in keys}

    def fail_chunk(self, chunk: ChunkRef, finding: Finding, *, attempt: int, shard: int) -> bool:
        """Commits that the chunk cannot be done. False where it was committed already."""
        manifest = ChunkManifest(
            chunk=chunk,
            outcome="failed",
            finding=finding,
            attempt=attempt,
            shard=shard,
            worker=COORDINATOR,
            finished_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        )
        return self.area.put_absent(layout.chunk_manifest(chunk), manifest)

    def record_exit(self, end: WorkerExit) -> None:
        """Writes down how a worker ended."""
        self.area.put_absent(layout.worker_exit(end.worker), end)

    def tries(self, chunks: Collection[ChunkRef]) -> dict[ChunkRef, tuple[WorkerExit, ...]]:
        """The counted tries of those chunks, over all attempts."""
        exits = {end.worker: end for end in (self.area.read(WorkerExit, key) for key in self.area.list("exits/"))}
        if not any(end.counts for end in exits.values()):
            return {}
        wanted = {layout.chunk_id(chunk) for chunk in chunks}
        keys = [key for key in self.area.list("tries/") if chunk_of_marker(key) in wanted]
        return counted_tries((self.area.read(TryMarker, key) for key in keys), exits)

    def reports(self, plan: Plan) -> dict[tuple[str, PlannedOutput], OutputReport]:
        """The reports of the outputs that were settled, published or failed."""
        keys = set(self.area.list("merged/"))
        found = {}
        for source, output in plan.published():
            key = layout.output_report(source, output.target, output.item)
            if key in keys:
                found[source, output] = self.area.read(OutputReport, key)
        return found

    def report(self, source: str, output: PlannedOutput) -> OutputReport:
        """What came of one output that is settled."""
        return self.area.read(OutputReport, layout.output_report(source, output.target, output.item))

    def put_report(self, output: PlannedOutput, report: OutputReport) -> None:
        """Records what came of an output, over what was recorded before."""
        self.area.put(layout.output_report(report.source, output.target, output.item), report)

    def forget_report(self, source: str, output: PlannedOutput) -> None:
        """Makes the output one that nothing was said of."""
        self.area.delete(layout.output_report(source, output.target, output.item))

    def fail_output(self, plan: Plan, source: str, output: PlannedOutput, uri: str, finding: Finding) -> OutputReport:
        """Records that the output is not published. Returns what was recorded."""
        report = OutputReport(
            job=self.job,
            source=source,
            target=output.target,
            item=output.item,
            uri=uri,
            outcome="failed",
            finding=finding,
            consent=plan.consent.reference if plan.consent else None,
        )
        self.put_report(output, report)
        return report


def chunk_of_marker(key: str) -> str:
    """`tries/<attempt>/<chunk>/<n>.json` -> `<chunk>`."""
    return key.split("/", 2)[2].rpartition("/")[0]
