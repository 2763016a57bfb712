"""What is to be done about an output, from what stands in its place and what was recorded of it before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import Enum
from typing import Literal

from hybridface_worker.contract import layout
from hybridface_worker.contract.manifest import OutputReport
from hybridface_worker.contract.plan import IMAGES, ChunkRef, Plan, PlannedOutput


class OutputStanding(Enum):
    """What an output needs."""

    DONE = "done"
    """It stands there, is this job's, and is reported on."""
    UNREPORTED = "unreported"
    """It stands there and is this job's; the report that lies beside it counts, where there is one."""
    WANTED = "wanted"
    """It is to be made (again)."""
    IN_THE_WAY = "inTheWay"
    """Something that is not this job's stands there and is not to be replaced."""


def output_standing(
    uid: str,
    there: Mapping[str, str] | None,
    report: OutputReport | None,
    on_conflict: Literal["fail", "replace"],
) -> OutputStanding:
    """Decides for one output; `there` is the metadata of the object in its place, None where there is no object.

    A report of an earlier run is believed only as far as the object bears it out: who deletes an output and runs the
    job again wants it again. An output that failed before is tried again: its cause (a full disk, something in the
    way) may be gone.
    """
    if there is None:
        return OutputStanding.WANTED
    if there.get(layout.OUTPUT_UID) == uid:
        reported = report is not None and report.outcome == "published"
        return OutputStanding.DONE if reported else OutputStanding.UNREPORTED
    return OutputStanding.WANTED if on_conflict == "replace" else OutputStanding.IN_THE_WAY


def needed_chunks(
    plan: Plan, wanted: Collection[tuple[str, PlannedOutput]], chunks: Iterable[ChunkRef] | None = None
) -> tuple[ChunkRef, ...]:
    """The chunks, in the plan's order, that an output which is wanted is made of.

    `chunks` are the plan's, where somebody has them already.
    """
    if len(wanted) == plan.published_count:
        return tuple(plan.chunks() if chunks is None else chunks)
    items = {(source, output.target, output.item) for source, output in wanted}
    units = plan.units_by_name()

    def needed(chunk: ChunkRef) -> bool:
        unit = units[chunk.target, chunk.unit]
        made = unit.items[chunk.start : chunk.end] if chunk.unit == IMAGES else unit.items
        return any((chunk.source, chunk.target, item) in items for item in made)

    return tuple(chunk for chunk in (plan.chunks() if chunks is None else chunks) if needed(chunk))
