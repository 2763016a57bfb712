"""What a run ends with: one row for each output, where things are, and what failed or was refused, with the reason."""

from __future__ import annotations

from urllib.parse import unquote

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hybridface_operator.storage.index import JobResult
from hybridface_worker.contract.manifest import IndexEntry, OutputReport, Stages
from hybridface_worker.contract.plan import Plan

_STAGES = tuple(Stages.model_fields)
_ROWS = 50
"""So many outputs are listed; all of them are in the index."""


def print_summary(console: Console, result: JobResult) -> None:
    """Prints the table, the reasons, and where the index is."""
    reports = {(report.source, report.target, report.item): report for report in result.reports}
    published = [entry for entry in result.index.outputs if entry.outcome == "published"]
    lost = [entry for entry in result.index.outputs if entry.outcome != "published"]
    if published:
        console.print(_table(result.plan, published[:_ROWS], reports))
    for entry in published[:_ROWS]:
        for note in reports[_key(entry)].notes:
            console.print(Text(f"note     {entry.uri}: {note.message}", style="dim"), soft_wrap=True)
    for entry in lost[:_ROWS]:
        console.print(_failure(entry), soft_wrap=True)
    left_out = len(published[_ROWS:]) + len(lost[_ROWS:])
    if left_out:
        console.print(f"{left_out} more outputs are in the index")
    console.print(Text(f"outputs  {result.plan.output.uri}"), soft_wrap=True)
    console.print(
        Text(f"reports  {result.index_uri.rpartition('/')[0]}/ (index, reports, contact sheets)"), soft_wrap=True
    )


def _table(plan: Plan, published: list[IndexEntry], reports: dict[tuple[str, str, int], OutputReport]) -> Table:
    used = [stage for stage in _STAGES if any(getattr(reports[_key(entry)].stages, stage) for entry in published)]
    table = Table(title=f"{plan.job.name}: frames, faces, seconds by stage", title_justify="left")
    table.add_column("output", overflow="fold")
    for column in ("frames", "faces", *used):
        table.add_column(column, justify="right")
    for entry in published:
        report = reports[_key(entry)]
        seconds = [f"{getattr(report.stages, stage) / 1000:.2f}" for stage in used]
        path = unquote(entry.uri.removeprefix(plan.output.uri))
        table.add_row(Text(path), str(report.frames), str(report.faces), *seconds)
    return table


def _failure(entry: IndexEntry) -> Text:
    reason = f"{entry.finding.reason}: {entry.finding.message}" if entry.finding else "no reason was given"
    return Text.assemble((f"{entry.outcome:<8} ", "red"), f"{entry.uri} ({entry.source}): {reason}")


def _key(entry: IndexEntry) -> tuple[str, str, int]:
    return entry.source, entry.target, entry.item
