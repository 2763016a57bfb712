"""How long to wait before something that failed is tried again: twice as long each time, up to a bound. Pure."""

from __future__ import annotations

from datetime import timedelta

_MOST_DOUBLINGS = 30
"""More would pass any bound."""


def after_failures(times: int) -> timedelta:
    """After so many failures in a row: 1 s, doubled each time, at most 5 min."""
    return _doubled(timedelta(seconds=1), times, most=timedelta(minutes=5))


def after_refusals(times: int) -> timedelta:
    """After so many refusals in a row, each of which leaves an attempt behind: 1 min, doubled, at most 1 h."""
    return _doubled(timedelta(minutes=1), times, most=timedelta(hours=1))


def _doubled(first: timedelta, times: int, *, most: timedelta) -> timedelta:
    return min(first * (1 << min(times - 1, _MOST_DOUBLINGS)), most)
