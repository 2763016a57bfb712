"""Which keys and metadata an object may have: the same in every store, so that a job can move between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from hybridface_worker.contract.errors import StoreRefusedError
from hybridface_worker.contract.reasons import Reason

_METADATA_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_METADATA_VALUE = re.compile(r"[!-~]+( [!-~]+)*")


def check_key(key: str) -> None:
    """Accepts slash-separated, relative keys of non-empty segments.

    Raises:
        StoreRefusedError: empty, absolute, with an empty segment, `.`, `..`, a NUL, or not encodable as UTF-8.
    """
    _check(key, key.split("/"))


def checked(keys: Iterable[str]) -> Iterator[str]:
    """The keys, each checked as it is taken. Raises StoreRefusedError."""
    for key in keys:
        check_key(key)
        yield key


def check_prefix(prefix: str) -> None:
    """Accepts what a key may begin with: the last segment may be cut short or empty.

    Raises:
        StoreRefusedError: as for a key.
    """
    whole, _, cut_short = prefix.rpartition("/")
    _check(prefix, [*(whole.split("/") if "/" in prefix else ()), cut_short or "x"])


def check_folder(folder: str) -> None:
    """Accepts a key that ends in a slash, and what is empty: the whole store.

    Raises:
        StoreRefusedError: as for a key.
    """
    if folder:
        _check(folder, folder.removesuffix("/").split("/") if folder.endswith("/") else [""])


def check_metadata(metadata: Mapping[str, str]) -> None:
    """Accepts names of a-z, 0-9 and `-`, and values of words of printable ASCII: what every store gives back unchanged.

    Raises:
        ValueError: a name or value is something else.
    """
    for name, value in metadata.items():
        if not _METADATA_NAME.fullmatch(name) or not _METADATA_VALUE.fullmatch(value):
            raise ValueError(f"metadata {name!r}: {value!r} would not come back unchanged from every store")


def _check(key: str, segments: list[str]) -> None:
    wrong = next((segment for segment in segments if segment in {"", ".", ".."}), None)
    if wrong is not None or "\0" in key or not _is_unicode(key):
        raise StoreRefusedError(
            Reason.BAD_TASK,
            f"{key!r} is no key of an object: give UTF-8 segments separated by single slashes, relative, without `..`",
        )


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
