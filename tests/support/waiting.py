"""Waits for what real servers do in their own time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Seen = TypeVar("Seen")


def soon(look: Callable[[], Seen], is_so: Callable[[Seen], object], *, seconds: float = 120) -> Seen:
    """Looks until it is so, and returns what was seen then.

    Raises:
        AssertionError: it is not so in time; with what was seen last.
    """
    deadline = time.monotonic() + seconds
    while not is_so(seen := look()):
        assert time.monotonic() < deadline, f"not so after {seconds} s: {seen!r}"
        time.sleep(0.1)
    return seen
