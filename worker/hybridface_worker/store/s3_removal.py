"""Removing many objects of a bucket, in requests of a thousand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice

from minio.deleteobjects import DeleteObject
from minio.error import ServerError

from .removal import Staying
from .s3_client import S3Client
from .s3_errors import is_transient_code

AT_ONCE = 1000
"""Objects that one DeleteObjects takes."""
_ABSENT = frozenset({"NoSuchKey", "NoSuchVersion"})
_UNAVAILABLE = 503
_BEYOND_XML = re.compile("[\x00-\x1f\ufffe\uffff]")
"""What the document of a request cannot say, or does not bring unchanged."""


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
