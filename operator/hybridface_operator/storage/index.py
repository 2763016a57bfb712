"""What came of a job: the index of its outputs, published beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from hybridface_operator.planning.settled import Settled
from hybridface_worker.contract import layout
from hybridface_worker.contract.errors import StoreError, StoreRefusedError
from hybridface_worker.contract.inputs import Inputs
from hybridface_worker.contract.manifest import IndexEntry, OutputIndex, OutputReport
from hybridface_worker.contract.plan import Plan
from hybridface_worker.contract.reasons import Reason

from .records import Records
from .survey import OutputFolder


@dataclass(frozen=True)
class JobResult:
    """How a job ended that was worked to its end."""

    plan: Plan
    index: OutputIndex
    index_uri: str
    reports: tuple[OutputReport, ...] = ()
    """Of its outputs, where somebody is to be shown them."""
    index_problem: str | None = None
    """Why the index could not be published."""

    @property
    def complete(self) -> bool:
        """Whether every output was published."""
        return not self.why_incomplete

    @property
    def why_incomplete(self) -> str:
        """What is missing, in one sentence; empty where nothing is."""
        bad = [entry for entry in self.index.outputs if entry.outcome != "published"]
        if bad:
            why = bad[0].finding.message if bad[0].finding else "no reason was given"
            first = why if why.startswith(bad[0].uri) else f"{bad[0].uri}: {why}"
            return (
                f"{Reason.SOME_OUTPUTS_FAILED}: {len(bad)} of {len(self.index.outputs)} outputs were not published; "
                f"the first: {first}"
            )
        return f"the index could not be published: {self.index_problem}" if self.index_problem else ""


def publish_index(
    settled: Mapping[int, Settled], folder: OutputFolder, records: Records, inputs: Callable[[], Inputs], plan: Plan
) -> JobResult:
    """Publishes the index of the job's outputs, of which each is settled, and the reports of those that failed.

    The index says all that they do: one that is refused, such as for its name, keeps nothing else from being there.
    `settled` is by positions among the plan's published outputs; `inputs` is asked where some were refused.
    """
    refused = _refused(plan, inputs()) if plan.refused else ()
    index = OutputIndex(job=plan.job, outputs=(*_planned(folder, plan, settled), *refused))
    problem = None
    try:
        for position, each in settled.items():
            if each.outcome == "failed":
                source, output = plan.published_at(position)
                report = records.report(source, output)
                with suppress(StoreRefusedError):
                    folder.write(layout.published_report(plan.job, source, output.path), report.to_bytes())
        folder.write(layout.published_index(plan.job), index.to_bytes())
    except StoreError as error:
        problem = error.message
    return JobResult(plan, index, folder.uri(layout.published_index(plan.job)), index_problem=problem)


def _planned(folder: OutputFolder, plan: Plan, settled: Mapping[int, Settled]) -> Iterator[IndexEntry]:
    for position, (source, output) in enumerate(plan.published()):
        each = settled[position]
        yield IndexEntry(
            source=source,
            target=output.target,
            item=output.item,
            uri=folder.uri(layout.output_path(source, output.path)),
            outcome=each.outcome,
            published=each.published,
            finding=each.finding,
            sha256=each.sha256,
            report=folder.uri(layout.published_report(plan.job, source, output.path)),
            sheet=folder.uri(layout.published_sheet(plan.job, source, output.path)) if each.sheet else None,
        )


def _refused(plan: Plan, inputs: Inputs) -> Iterator[IndexEntry]:
    """Of an item that is not worked there is no output: its entry has the input's URI."""
    uris = {(item.target, item.item): item.uri for item in inputs.targets}
    for source in plan.sources:
        for refused in plan.refused:
            yield IndexEntry(
                source=source,
                target=refused.target,
                item=refused.item,
                uri=uris[refused.target, refused.item],
                outcome="refused",
                finding=refused.finding,
            )
