"""How long work would take in a pool, from what was measured there."""

from __future__ import annotations


def seconds_to_finish(*, frames: int, backlog_seconds: float, rate: float, gpus: int) -> float:
    """Seconds until `frames` are done behind the backlog.

    Args:
        frames: that are to be done.
        backlog_seconds: how long what was dealt out before keeps the pool busy.
        rate: measured frames per GPU-second, above 0.
        gpus: that work at them, at least 1.
    """
    return backlog_seconds + frames / (rate * gpus)
