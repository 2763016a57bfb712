"""How long the operator waits for what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """In seconds. Tests make all of it short."""

    storage_seconds: float = 30
    """Storage of a job that runs is listed so often at least, and on events of its Jobs and pods."""
    placement_seconds: float = 15
    """What waits is placed anew so often although nothing happened: prices age, deadlines near, breakers close."""
    resync_seconds: float = 300
    """Everything is listed anew so often: what a watch missed is found."""
    debounce_seconds: float = 0.05
    """Jobs that something happened to within so short a time are reconciled in one round."""
    dead_pod_seconds: float = 60
    """A pod that should have ended so long ago is removed by force."""
    sweep_seconds: float = 3600
    """Scratch of jobs that are no more is looked for so often."""
    orphan_seconds: float = 3600
    """It is removed once nothing was added to it for so long: workers may still commit what they have in hand."""
    watch_stale_seconds: float = 120
    """Without a word from the API server for so long the operator is not alive."""
    lag_stale_seconds: float = 300
    """With a job waiting to be reconciled for so long it is not alive either."""
