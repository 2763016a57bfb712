"""Waits for what real servers do in their own time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Seen = TypeVar("Seen")
_SHORTEST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 0.3


def soon(look: Callable[[], Seen], is_so: Callable[[Seen], object], *, seconds: float = 120) -> Seen:
    """Looks until it is so, and returns what was seen then. It looks the less often the longer it waits: servers that
    are asked all the time are busy with that.

    Raises:
        AssertionError: it is not so in time; with what was seen last.
    """
    begun = time.monotonic()
    while not is_so(seen := look()):
        waited = time.monotonic() - begun
        assert waited < seconds, f"not so after {seconds} s: {seen!r}"
        time.sleep(min(max(_SHORTEST_PAUSE_SECONDS, waited / 20), _LONGEST_PAUSE_SECONDS))
    return seen
