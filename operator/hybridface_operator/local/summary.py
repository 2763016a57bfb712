"""What a run ends with: one row for each output, where things are, and what failed or was refused, with the reason."""

from __future__ import annotations

from urllib.parse import unquote

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hybridface_operator.storage.index import JobResult
from hybridface_worker.contract.manifest import IndexEntry, OutputReport, Stages
from hybridface_worker.contract.plan import Plan
from hybridface_worker.contract.reasons import Reason

_STAGES = tuple(Stages.model_fields)
_WARNINGS = frozenset({Reason.TRACK_NOT_SWAPPED})
"""Notes that somebody who swaps faces to hide them has to see."""
_ROWS = 50
"""So many outputs are listed; all of them are in the index."""
_PATH_WIDTH, _NUMBER_WIDTH = 24, 10
"""Characters that a path should have at least, and that a column of numbers takes."""


def print_summary(console: Console, result: JobResult) -> None:
    """Prints the table, the reasons, and where the index is."""
    reports = {(report.source, report.target, report.item): report for report in result.reports}
    published = [entry for entry in result.index.outputs if entry.outcome == "published"]
    lost = [entry for entry in result.index.outputs if entry.outcome != "published"]
    if published:
        console.print(_table(result.plan, published[:_ROWS], reports, console.width))
    for entry in published[:_ROWS]:
        for note in reports[_key(entry)].notes:
            label, style = ("warning ", "yellow") if note.reason in _WARNINGS else ("note    ", "dim")
            console.print(Text(f"{label} {entry.uri}: {note.message}", style=style), soft_wrap=True)
    for entry in lost[:_ROWS]:
        console.print(_failure(entry), soft_wrap=True)
    left_out = len(published[_ROWS:]) + len(lost[_ROWS:])
    if left_out:
        console.print(f"{left_out} more outputs are in the index")
    reports_uri = f"{result.index_uri.rpartition('/')[0]}/"
    console.print(Text(f"outputs  {_place(result.plan.output.uri)}"), soft_wrap=True)
    console.print(Text(f"reports  {_place(reports_uri)} (index, reports, contact sheets)"), soft_wrap=True)


def _table(
    plan: Plan, published: list[IndexEntry], reports: dict[tuple[str, str, int], OutputReport], width: int
) -> Table:
    """A column for each stage, or where a terminal is too narrow for them one with their sum."""
    used = [stage for stage in _STAGES if any(getattr(reports[_key(entry)].stages, stage) for entry in published)]
    columns = {stage: [stage] for stage in used}
    if width < _PATH_WIDTH + _NUMBER_WIDTH * (2 + len(used)):
        columns = {"seconds": used}
    title = f"{plan.job.name}: frames, faces, seconds {'of all stages' if 'seconds' in columns else 'by stage'}"
    table = Table(title=title, title_justify="left")
    table.add_column("output", overflow="fold")
    for column in ("frames", "faces", *columns):
        table.add_column(column, justify="right", no_wrap=True)
    for entry in published:
        report = reports[_key(entry)]
        seconds = [f"{sum(getattr(report.stages, each) for each in stages) / 1000:.2f}" for stages in columns.values()]
        path = unquote(entry.uri.removeprefix(plan.output.uri))
        table.add_row(Text(path), str(report.frames), str(report.faces), *seconds)
    return table


def _place(uri: str) -> str:
    """An address as people use it: of a file its path."""
    return unquote(uri.removeprefix("file://")) if uri.startswith("file://") else uri


def _failure(entry: IndexEntry) -> Text:
    reason = f"{entry.finding.reason}: {entry.finding.message}" if entry.finding else "no reason was given"
    return Text.assemble((f"{entry.outcome:<8} ", "red"), f"{entry.uri} ({entry.source}): {reason}")


def _key(entry: IndexEntry) -> tuple[str, str, int]:
    return entry.source, entry.target, entry.item
