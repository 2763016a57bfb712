"""Removing many objects: in requests of a thousand, and what is told of those that stay."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice

from minio.deleteobjects import DeleteObject
from minio.error import ServerError

from hybridface_worker.contract.errors import StoreRefusedError
from hybridface_worker.contract.reasons import Reason

from .s3_client import S3Client
from .s3_errors import is_transient_code

AT_ONCE = 1000
"""Objects that one DeleteObjects takes."""
_NAMED = 5
"""So many objects that stay are named; all are counted."""
_ABSENT = frozenset({"NoSuchKey", "NoSuchVersion"})
_UNAVAILABLE = 503
_BEYOND_XML = re.compile("[\x00-\x1f\ufffe\uffff]")
"""What the document of a request cannot say, or does not bring unchanged."""


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


def remove_in_batches(client: S3Client, keys: Iterable[str], remove: Callable[[str], None]) -> int:
    """Removes objects, AT_ONCE with each request; `remove` is for those that such a request cannot name.

    Returns how many keys there were. Raises StoreError.
    """
    staying, count = Staying(), 0
    for batch in _batches(keys):
        count += len(batch)
        plain = [key for key in batch if not _BEYOND_XML.search(key)]
        if plain:
            for key, said in client.call("write", plain[0], partial(_refused, client, plain)):
                staying.add(f"{client.uri(key)}: {said}")
        for key in set(batch).difference(plain):
            remove(key)
    staying.tell()
    return count


def _batches(keys: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(keys)
    while batch := list(islice(rest, AT_ONCE)):
        yield batch


def _refused(client: S3Client, keys: Iterable[str]) -> list[tuple[str, str]]:
    """One request: the keys that stay, and why.

    Raises ServerError where it should be tried again: to remove what is gone already is no error.
    """
    wanted = [DeleteObject(key) for key in keys]
    refused = []
    for error in client.minio.remove_objects(bucket_name=client.bucket, delete_object_list=wanted):
        said = f"{error.code}: {error.message}"
        if is_transient_code(error.code):
            raise ServerError(said, _UNAVAILABLE)
        if error.code not in _ABSENT:
            refused.append((error.name or "", said))
    return refused
