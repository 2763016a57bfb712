"""What a run tells whoever watches it: a progress bar, a log, a test."""

from __future__ import annotations

from typing import Protocol

from hybridface_operator.spec.labels import Phase

from .processes import Ending, Line


class Listener(Protocol):
    """Is told what happens, as it happens."""

    def phase(self, phase: Phase, *, total: int, done: int) -> None:
        """A phase begins; of its `total` (items, frames, outputs) so many were `done` before."""
        ...

    def event(self, worker: str, line: Line) -> None:
        """A worker wrote an event."""
        ...

    def ended(self, worker: str, ending: Ending) -> None:
        """A worker process ended."""
        ...

    def note(self, event: str, message: str) -> None:
        """Something that a person should know, and that stops nothing."""
        ...
