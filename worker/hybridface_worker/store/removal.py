"""Removing many objects, and what is told of those that stay."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hybridface_worker.contract.errors import StoreRefusedError
from hybridface_worker.contract.reasons import Reason

_NAMED = 5
"""So many objects that stay are named; all are counted."""


class Staying:
    """What could not be removed. It is told when everything else is gone."""

    def __init__(self) -> None:
        self._told: list[str] = []
        self._count = 0

    def add(self, said: str) -> None:
        """One object, and why."""
        self._count += 1
        if self._count <= _NAMED:
            self._told.append(said)

    def tell(self) -> None:
        """Raises StoreRefusedError where there is any."""
        if self._count:
            more = f"; and {self._count - _NAMED} more" if self._count > _NAMED else ""
            said = f"{self._count} objects cannot be removed: {'; '.join(self._told)}{more}"
            raise StoreRefusedError(Reason.OUTPUT_NOT_WRITABLE, said)


def remove_each(keys: Iterable[str], remove: Callable[[str], None]) -> int:
    """Removes one object after the other. Returns how many keys there were. Raises StoreError."""
    staying, count = Staying(), 0
    for key in keys:
        count += 1
        try:
            remove(key)
        except StoreRefusedError as error:
            staying.add(error.message)
    staying.tell()
    return count
