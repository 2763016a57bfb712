"""Validates grants beyond their schema: one per namespace, and none that opens the jobs' own work. Never raises."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from hybridface_operator.spec.problems import Location, Problem

from .tenants import Tenants


def tenants_problems(tenants: Tenants, work: str | None = None) -> list[Problem]:
    """Why the operator may not start with them; empty where it may.

    `work` is the prefix below which all jobs keep what they work with, such as `s3://work/cluster/`. It may share a
    bucket with tenants, but none may reach into it, or reach it from above.
    """
    return [*_repeated(tenants), *_in_the_works(tenants, work)]


def tenants_warnings(tenants: Tenants) -> list[Problem]:
    """Where one tenant writes what another reads or writes. That several read the same is common, and no warning."""
    holders = _holders(tenants)
    return [
        Problem(
            f"{entry.prefix} of {entry.namespace} lies in {other.prefix}, which {other.namespace} may {other.access}",
            entry.location,
        )
        for entry in _entries(tenants)
        if (other := _clash(entry, holders)) is not None
    ]


@dataclass(frozen=True)
class _Entry:
    namespace: str
    access: str
    prefix: str
    location: Location


def _entries(tenants: Tenants) -> Iterator[_Entry]:
    for index, grant in enumerate(tenants.grants):
        for access, prefixes in (("read", grant.read), ("write", grant.write)):
            for number, prefix in enumerate(prefixes):
                yield _Entry(grant.namespace, access, prefix, ("grants", index, access, number))


def _holders(tenants: Tenants) -> dict[tuple[str, str], list[_Entry]]:
    """By prefix and access the first two namespaces that have it: one of them is not the one that is asked for."""
    holders: defaultdict[tuple[str, str], list[_Entry]] = defaultdict(list)
    for entry in _entries(tenants):
        known = holders[entry.prefix, entry.access]
        if len(known) < 2 and all(other.namespace != entry.namespace for other in known):
            known.append(entry)
    return holders


def _clash(entry: _Entry, holders: dict[tuple[str, str], list[_Entry]]) -> _Entry | None:
    """The first entry of another tenant that holds the same prefix, and was named before, or one above it."""
    accesses = ("read", "write") if entry.access == "write" else ("write",)
    for prefix in _prefixes_of(entry.prefix):
        for access in accesses:
            for other in holders.get((prefix, access), ()):
                is_before = prefix != entry.prefix or other.location < entry.location
                if other.namespace != entry.namespace and is_before:
                    return other
    return None


def _repeated(tenants: Tenants) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, grant in enumerate(tenants.grants):
        if grant.namespace in first:
            message = f'"{grant.namespace}" has a grant already, grants[{first[grant.namespace]}]: make it one'
            yield Problem(message, ("grants", index, "namespace"))
        first.setdefault(grant.namespace, index)


def _in_the_works(tenants: Tenants, work: str | None) -> Iterator[Problem]:
    if work is None:
        return
    folder = work.removesuffix("/") + "/"
    for entry in _entries(tenants):
        if entry.prefix.startswith(folder) or folder.startswith(entry.prefix):
            message = f"{entry.prefix} would open {folder}, where the jobs of all tenants keep their work"
            yield Problem(message, entry.location)


def _prefixes_of(prefix: str) -> Iterator[str]:
    """`s3://bucket/a/b/` -> `s3://bucket/`, `s3://bucket/a/`, `s3://bucket/a/b/`."""
    bucket, *segments = prefix.removeprefix("s3://").removesuffix("/").split("/")
    above = f"s3://{bucket}/"
    yield above
    for segment in segments:
        above += f"{segment}/"
        yield above
