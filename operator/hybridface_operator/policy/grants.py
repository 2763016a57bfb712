"""Whether a tenant may read and write what its job asks for. Opens nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from hybridface_worker.store.uri import BadUriError, Location, parse_uri

from .tenants import Grant
from .types import Sensitivity, most_sensitive

Access = Literal["read", "write"]


@dataclass(frozen=True)
class Refusal:
    """An address that a grant does not open."""

    uri: str
    access: Access
    message: str
    """Names the address and what is granted instead."""


def granted(grant: Grant, reads: Iterable[str], writes: Iterable[str]) -> list[Refusal]:
    """What of a job's addresses its tenant's grant does not open, in their order; empty where it opens all.

    A granted prefix ends in a slash, so that `s3://faces/act/` never opens `s3://faces/actor`.
    """
    return [*_refused(grant, "read", grant.read, reads), *_refused(grant, "write", grant.write, writes)]


def effective_sensitivity(declared: Sensitivity | None, grant: Grant) -> Sensitivity:
    """What a job counts as: what it declares, `restricted` where it declares nothing, its tenant's least at least."""
    return most_sensitive(declared or Sensitivity.RESTRICTED, grant.min_sensitivity)


def _refused(grant: Grant, access: Access, prefixes: Sequence[str], uris: Iterable[str]) -> Iterator[Refusal]:
    may = ", ".join(prefixes) or "nothing"
    for uri in uris:
        try:
            location = parse_uri(uri)
        except BadUriError as error:
            yield Refusal(uri, access, str(error))
            continue
        if not any(_opens(prefix, location) for prefix in prefixes):
            yield Refusal(uri, access, f"{uri}: namespace {grant.namespace} may not {access} it; it may {access} {may}")


def _opens(prefix: str, location: Location) -> bool:
    return location.scheme == "s3" and location.uri.startswith(prefix)
