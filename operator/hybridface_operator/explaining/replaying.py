"""A recorded decision, decided again from what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hybridface_operator.errors import UsageError
from hybridface_operator.routing.allocate import route
from hybridface_operator.routing.placement import DecisionRecord, Placement
from hybridface_worker.contract.document import DocumentError

MAX_BYTES = 2**24
"""Of a record. Requests, policies and inventories are bounded far below."""


@dataclass(frozen=True)
class Replay:
    """A record beside what comes of it now."""

    record: DecisionRecord
    placement: Placement

    @property
    def differs(self) -> list[str]:
        """The parts of the placement that came out otherwise."""
        recorded = self.record.placement
        return [part for part in Placement.model_fields if getattr(recorded, part) != getattr(self.placement, part)]


def replay(path: Path) -> Replay:
    """Decides again. Raises UsageError where the file cannot be read or is no record."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise UsageError(f"{path}: larger than {MAX_BYTES} bytes, so it is no decision")
        record = DecisionRecord.from_bytes(data, str(path))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except DocumentError as error:
        raise UsageError(str(error)) from None
    return Replay(record, route(record.request, record.inventory, record.policy, record.facts))
