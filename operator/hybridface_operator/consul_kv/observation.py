"""What a watch learns of a key or a prefix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from .answer import Entry


@dataclass(frozen=True)
class Seen:
    """What is stored now."""

    at: datetime
    entries: Mapping[str, Entry]
    """By key. What is not here is confirmed not to be there, unless `filtered`."""
    filtered: bool
    """The token may not see all of it: what is not here may be there."""


@dataclass(frozen=True)
class Unchanged:
    """Consul was heard, and what was seen last still stands."""

    at: datetime


@dataclass(frozen=True)
class Hidden:
    """Consul was heard, and the token may not see it: whether it is there, nobody knows."""

    at: datetime
    why: str


@dataclass(frozen=True)
class Away:
    """Consul was not heard."""

    at: datetime
    why: str


Observation = Seen | Unchanged | Hidden | Away
