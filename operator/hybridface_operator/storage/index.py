"""What came of a job: the index of its outputs, published beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from hybridface_operator.storage.survey import OutputFolder
from hybridface_worker.contract import layout
from hybridface_worker.contract.errors import StoreError, StoreRefusedError
from hybridface_worker.contract.inputs import Inputs
from hybridface_worker.contract.manifest import IndexEntry, OutputIndex, OutputReport
from hybridface_worker.contract.plan import Plan, PlannedOutput
from hybridface_worker.contract.reasons import Reason


@dataclass(frozen=True)
class JobResult:
    """How a job ended that was worked to its end."""

    plan: Plan
    index: OutputIndex
    index_uri: str
    reports: tuple[OutputReport, ...]
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
    reports: Mapping[tuple[str, PlannedOutput], OutputReport], folder: OutputFolder, inputs: Inputs, plan: Plan
) -> JobResult:
    """Publishes the index of the job's outputs, of which each has a report, and the reports of those that failed.

    The index says all that they do: one that is refused, such as for its name, keeps nothing else from being there.
    """
    index = OutputIndex(job=plan.job, outputs=(*_planned(folder, plan, reports), *_refused(plan, inputs)))
    problem = None
    try:
        for (source, output), report in reports.items():
            if report.outcome == "failed":
                with suppress(StoreRefusedError):
                    folder.write(layout.published_report(plan.job, source, output.path), report.to_bytes())
        folder.write(layout.published_index(plan.job), index.to_bytes())
    except StoreError as error:
        problem = error.message
    return JobResult(plan, index, folder.uri(layout.published_index(plan.job)), tuple(reports.values()), problem)


def _planned(
    folder: OutputFolder, plan: Plan, reports: Mapping[tuple[str, PlannedOutput], OutputReport]
) -> Iterator[IndexEntry]:
    for source, output in plan.published():
        report = reports[source, output]
        yield IndexEntry(
            source=source,
            target=output.target,
            item=output.item,
            uri=report.uri,
            outcome=report.outcome,
            published=report.published,
            finding=report.finding,
            sha256=report.sha256,
            report=folder.uri(layout.published_report(plan.job, source, output.path)),
            sheet=report.sheet,
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
