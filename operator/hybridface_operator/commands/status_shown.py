"""How a job's status is printed: bars, placement in words, verdicts, usage, outputs, conditions. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from hybridface_operator.policy.words import several
from hybridface_operator.spec.status import (
    FINAL_CONDITIONS,
    ConditionType,
    FaceSwapJobStatus,
    JobPhase,
    PlacementStatus,
    UsageStatus,
)

_BAR_WIDTH = 30


@dataclass(frozen=True)
class Job:
    """A FaceSwapJob as somebody looks at it."""

    namespace: str
    name: str
    status: FaceSwapJobStatus

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """From the object."""
        metadata = body["metadata"]
        return cls(metadata["namespace"], metadata["name"], FaceSwapJobStatus.from_wire(body.get("status")))

    def holds(self, kind: ConditionType) -> bool:
        """Whether a condition is true."""
        return any(each.type is kind and each.status == "True" for each in self.status.conditions)

    @property
    def over(self) -> bool:
        """Whether it has ended, one way or the other."""
        return any(self.holds(kind) for kind in FINAL_CONDITIONS)


@dataclass(frozen=True)
class Bar:
    """One phase."""

    name: str
    done: int
    total: int
    words: str


def shown(job: Job) -> RenderableType:
    """All of it."""
    return Group(*_parts(job))


def bars(job: Job) -> tuple[Bar, Bar, Bar]:
    """Probe, Swap and Merge. Only Swap is counted in the status."""
    return _probe(job), _swap(job), _merge(job)


def _parts(job: Job) -> Iterator[RenderableType]:
    status = job.status
    yield Text(f"{job.namespace}/{job.name}: {status.phase}")
    yield _bars(job)
    if status.placement is not None:
        yield from map(Text, _placement(status.placement))
        yield _verdicts(status.placement)
    if status.usage is not None and status.usage.gpu_seconds:
        yield _usage(status.usage)
    if status.outputs is not None:
        index = f"; {status.outputs.index}" if status.outputs.index else ""
        yield Text(f"outputs: {status.outputs.count} published, {status.outputs.failed} failed{index}")
    if status.conditions:
        yield _conditions(status)


def _probe(job: Job) -> Bar:
    if job.holds(ConditionType.PLANNED):
        return Bar("Probe", 1, 1, "done")
    running = job.status.phase in (JobPhase.PROBING, JobPhase.PLANNING)
    return Bar("Probe", 0, 1, "running" if running else "not begun")


def _swap(job: Job) -> Bar:
    progress = job.status.progress
    if progress is None:
        return Bar("Swap", 0, 1, "not begun")
    failed = f", {progress.chunks_failed} failed" if progress.chunks_failed else ""
    words = f"{progress.frames_done}/{progress.frames} frames, {progress.text} chunks{failed}"
    if not progress.frames:
        return Bar("Swap", 1, 1, words)
    return Bar("Swap", progress.frames_done, progress.frames, words)


def _merge(job: Job) -> Bar:
    if job.holds(ConditionType.COMPLETE):
        return Bar("Merge", 1, 1, "done")
    return Bar("Merge", 0, 1, "running" if job.status.phase is JobPhase.MERGING else "not begun")


def _bars(job: Job) -> Table:
    grid = Table.grid(padding=(0, 2))
    for bar in bars(job):
        grid.add_row(bar.name, ProgressBar(total=bar.total, completed=bar.done, width=_BAR_WIDTH), bar.words)
    return grid


def _placement(placement: PlacementStatus) -> Iterator[str]:
    """`rule "urgent": private (6 shards, 3 at a time)`, and what waits for what."""
    running = [
        f"{share.pool} ({several(share.shards, 'shard')}, {share.parallelism} at a time)" for share in placement.shares
    ]
    yield f'rule "{placement.rule}": {", ".join(running) or "nothing runs"}'
    if placement.waiting is not None:
        waiting = placement.waiting
        yield f"waiting: {several(waiting.shards, 'shard')}, {waiting.reason}: {waiting.message}"


def _verdicts(placement: PlacementStatus) -> Table:
    table = Table("pool", "verdict", "price", "why")
    for verdict in placement.verdicts:
        table.add_row(verdict.pool, verdict.reason, verdict.price or "", Text(verdict.message))
    return table


def _usage(usage: UsageStatus) -> Table:
    table = Table("pool", "GPU-seconds", f"cost ({usage.currency})" if usage.currency else "cost")
    costs = {each.pool: each.amount for each in usage.cost}
    for each in usage.gpu_seconds:
        table.add_row(each.pool, str(each.seconds), costs.get(each.pool, ""))
    table.add_section()
    busy = "" if usage.device_busy_percent is None else f", devices busy {usage.device_busy_percent} % of the time"
    table.add_row("all", f"{sum(each.seconds for each in usage.gpu_seconds)}{busy}", usage.total_cost or "")
    if usage.video_seconds:
        table.add_row("video", f"{usage.video_seconds} s", "")
    return table


def _conditions(status: FaceSwapJobStatus) -> Table:
    table = Table("condition", "", "reason", "message", "since")
    for each in status.conditions:
        table.add_row(each.type, each.status, each.reason, Text(each.message), each.last_transition_time)
    return table
