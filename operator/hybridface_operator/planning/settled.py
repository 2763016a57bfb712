"""What is kept of the reports on outputs. A job may have a hundred thousand: the documents stay where they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

from hybridface_worker.contract.manifest import OutputReport
from hybridface_worker.contract.probe import Finding


@dataclass(frozen=True, slots=True)
class Settled:
    """One output of which there is a report. Its URIs follow from the plan."""

    outcome: Literal["published", "failed"]
    """Whether it is there."""
    published: Literal["merged", "sourceBytes"] | None = None
    """What was published."""
    finding: Finding | None = None
    """Why it failed."""
    sha256: str | None = None
    """Digest of the output."""
    sheet: bool = False
    """Whether it has a contact sheet."""

    @classmethod
    def by(cls, report: OutputReport) -> Self:
        """As the report says."""
        return cls(report.outcome, report.published, report.finding, report.sha256, report.sheet is not None)
