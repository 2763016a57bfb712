"""The worker of a simulated pod: plays by the storage protocol, through the real documents, and makes no pixels.

One `step` is a marker, a commit, a report or the exit, so that anything can happen between any two of them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from hybridface_worker.contract import layout
from hybridface_worker.contract.inputs import Inputs
from hybridface_worker.contract.manifest import ChunkManifest, OutputReport, TryMarker
from hybridface_worker.contract.plan import ChunkRef, Plan, PlannedOutput
from hybridface_worker.contract.probe import FaceBox, Finding, ProbedItem, ProbedSource, ProbeResult
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.task import Attempt, MergeTask, ProbeTask, SwapTask
from hybridface_worker.store.uri import below
from support.plans import video_info
from support.simulation_world import Studio, job_area

Work = Generator[None, None, int]
"""Returns the exit status."""

_FACE = FaceBox(box=(0, 0, 9, 9), points=((1, 1), (2, 1), (1, 2), (1, 3), (2, 3)), score=0.9)
_SHA256 = "ab" * 32
_KILLED = 137


class Worker:
    """One process."""

    def __init__(self, studio: Studio, pod: dict[str, Any], poison: Callable[[ChunkRef], bool]) -> None:
        """`poison` says which chunks end their workers."""
        labels = pod["metadata"]["labels"]
        self._studio = studio
        self._poison = poison
        self._name = pod["metadata"]["name"]
        self._area = job_area(studio.stores, labels["hybridface.dev/uid"])
        self._attempt = self._area.read(Attempt, layout.attempt(int(labels["hybridface.dev/attempt"])))
        self._shard = int(labels["batch.kubernetes.io/job-completion-index"])
        self._work = self._begin()
        self.in_hand = False
        """Whether a chunk is begun and not committed."""

    def step(self) -> int | None:
        """Does one thing. The exit status, None while there is more to do."""
        try:
            next(self._work)
        except StopIteration as done:
            return int(done.value)
        return None

    def _begin(self) -> Work:
        match self._attempt.work:
            case ProbeTask() as probe:
                return self._probe(probe)
            case SwapTask() as swap:
                return self._swap(swap)
            case MergeTask() as merge:
                return self._merge(merge)

    def _probe(self, work: ProbeTask) -> Work:
        yield
        inputs = self._area.read(Inputs, layout.INPUTS)
        own = work.shards[self._shard]
        inbox = self._studio.stores.bucket("inbox")
        result = ProbeResult(
            shard=self._shard,
            sources=tuple(
                ProbedSource(source=each.source, item=each.item, width=9, height=9, face=_FACE)
                for each in inputs.sources[slice(*own.sources)]
            ),
            items=tuple(
                ProbedItem(
                    target=each.target,
                    item=each.item,
                    media=video_info(int(inbox.read(each.uri.removeprefix("s3://inbox/")))),
                )
                for each in inputs.targets[slice(*own.targets)]
            ),
        )
        self._area.put_absent(layout.probe_result(self._shard), result)
        return 0

    def _swap(self, work: SwapTask) -> Work:
        tries = self._area.read(Plan, layout.PLAN).max_tries_per_chunk
        for chunk in work.shards[self._shard].chunks:
            if self._area.exists(layout.chunk_manifest(chunk)) or not self._mark(chunk, tries):
                continue
            self.in_hand = True
            yield
            if self._poison(chunk):
                return _KILLED
            self._commit(chunk)
            self.in_hand = False
            yield
        return 0

    def _mark(self, chunk: ChunkRef, tries: int) -> bool:
        number = self._attempt.attempt
        return any(
            self._area.put_absent(
                layout.try_marker(number, chunk, each),
                TryMarker(chunk=chunk, attempt=number, number=each, worker=self._name),
            )
            for each in range(1, tries + 1)
        )

    def _commit(self, chunk: ChunkRef) -> None:
        manifest = ChunkManifest(
            chunk=chunk,
            outcome="done",
            data=layout.chunk_data(chunk, _SHA256),
            sha256=_SHA256,
            size=1,
            frames=chunk.length,
            attempt=self._attempt.attempt,
            shard=self._shard,
            worker=self._name,
            finished_at=self._studio.clock.now.isoformat(timespec="milliseconds"),
        )
        self._area.put_absent(layout.chunk_manifest(chunk), manifest)

    def _merge(self, work: MergeTask) -> Work:
        plan = self._area.read(Plan, layout.PLAN)
        for source, output in list(plan.published())[slice(*work.shards[self._shard].outputs)]:
            if not self._area.exists(layout.output_report(source, output.target, output.item)):
                report = self._made(plan, source, output)
                self._area.put(layout.output_report(source, output.target, output.item), report)
            yield
        return 0

    def _made(self, plan: Plan, source: str, output: PlannedOutput) -> OutputReport:
        chunks = [
            self._area.read(ChunkManifest, layout.chunk_manifest(chunk))
            for chunk in plan.chunks()
            if (chunk.source, chunk.target, chunk.unit) == (source, output.target, output.unit)
        ]
        bad = [each for each in chunks if each.outcome == "failed"]
        uri = below(plan.output.uri, f"{source}/{output.path}")
        said: dict[str, Any] = {"outcome": "published", "published": "merged", "sha256": _SHA256, "size": 1}
        if bad:
            finding = bad[0].finding or Finding(reason=Reason.DEFECT, message="nobody says why")
            said = {"outcome": "failed", "finding": finding}
        else:
            store, key = self._studio.stores.resolve(uri)
            store.write(key, b"x", metadata={layout.OUTPUT_UID: plan.job.uid, layout.OUTPUT_SHA256: _SHA256})
        return OutputReport(job=plan.job, source=source, target=output.target, item=output.item, uri=uri, **said)
