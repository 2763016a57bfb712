"""When credentials are renewed: at half of their life, those that end first before the others. Decides only.

A Secret says when its credentials were minted and when they end. One that does not, or not in a way that can be read,
is due at once: new credentials harm nobody, and with old ones the work stops.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Held:
    """Credentials that some pods hold. Times have a zone."""

    name: str
    """Of their Secret, in whatever form tells it from the others."""
    minted: datetime
    expires: datetime

    @classmethod
    def of(cls, name: str, minted: str | None, expires: str | None) -> Self:
        """From what the Secret says, in RFC 3339. Where that is nothing they ended long ago."""
        begin, end = _time(minted), _time(expires)
        if begin is None or end is None:
            return cls(name, _LONG_AGO, _LONG_AGO)
        return cls(name, begin, end)

    @property
    def due(self) -> datetime:
        """From when on they are to be renewed."""
        return self.minted + (self.expires - self.minted) / 2


def due(held: Iterable[Held], now: datetime) -> list[Held]:
    """Those to be renewed now, the most pressing first."""
    return sorted((each for each in held if each.due <= now), key=lambda each: (each.expires, each.name))


def _time(text: str | None) -> datetime | None:
    try:
        time = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return time if time.tzinfo else None
