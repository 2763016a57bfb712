"""What Consul answers to a read, without its HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One key and what it holds."""

    key: str
    value: bytes
    """Empty where somebody emptied it."""
    modify_index: int
    """Consul's index when it was last written: what compare-and-set compares."""


@dataclass(frozen=True)
class Answer:
    """A key, or all keys below a prefix, at one moment."""

    index: int
    """To be sent with the next blocking query. Nobody has looked at it yet: see `watch_state`."""
    entries: Mapping[str, Entry]
    """By key; empty where there is nothing, or nothing that the token may see."""
    filtered: bool = False
    """The token may not see all of it."""
