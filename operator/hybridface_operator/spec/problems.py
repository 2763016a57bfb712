"""Problems of a document: where, and what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from hybridface_operator.errors import UsageError

Location = tuple[str | int, ...]
"""The keys and indexes that lead to a value."""
Position = tuple[int, int]
"""A line and a column of a text, counted from 1."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong."""

    message: str
    location: Location = ()
    file: str = ""
    position: Position | None = None
    """Where in the file."""
    unknown: bool = False
    """Whether this version does not know the field or value; a later one may."""

    def __str__(self) -> str:
        place = ":".join(map(str, (self.file, *(self.position or ()))))
        return ": ".join(part for part in (place, path_of(self.location), self.message) if part)


class SpecError(UsageError):
    """A manifest or catalogue that cannot be used. The message has one line for each problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def path_of(location: Location) -> str:
    """`("spec", "sources", 0, "name")` -> `spec.sources[0].name`."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else part
    return path


def nearest(name: str, known: Iterable[str]) -> str:
    """`did you mean "..."?` where one of the known names is near, else all of them."""
    names = list(known)
    by_folded = {each.lower(): each for each in names}
    near = get_close_matches(name.lower().replace("_", ""), by_folded, n=1)
    return f'did you mean "{by_folded[near[0]]}"?' if near else f"known here: {', '.join(names)}"


def shown(value: Any) -> str:
    """A value as messages show it: shortened, and of lists and mappings the kind alone."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:56] + '..."'
