"""Parses URIs of objects. Nothing is opened here.

`s3://` URIs are literal. Characters that a storage policy reads as wildcards or variables are refused, since a grant
for such a URI would open other objects. `file://` URIs are absolute and percent-decoded (RFC 8089).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import quote, unquote

from hybridface_worker.contract.errors import TaskError
from hybridface_worker.contract.reasons import Reason

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
"""Names that S3 takes."""
_WILDCARDS = "*?$%"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class BadUriError(TaskError, ValueError):
    """A URI that names no object. A ValueError too, so that a model's validator may call `parse_uri`."""


@dataclass(frozen=True)
class Location:
    """A URI taken apart. A key that is empty or ends in `/` stands for every object under it."""

    scheme: Literal["s3", "file"]
    bucket: str
    """Empty for files."""
    key: str
    """Without a leading slash; of a file its absolute path."""

    @property
    def is_prefix(self) -> bool:
        """Whether it stands for every object under it."""
        return not self.key or self.key.endswith("/")

    @property
    def uri(self) -> str:
        """The URI again."""
        return f"s3://{self.bucket}/{self.key}" if self.scheme == "s3" else file_uri("/" + self.key)


def parse_uri(text: str) -> Location:
    """Takes an `s3://bucket/key` or `file:///path` URI apart.

    Raises:
        BadUriError: with what is wrong and what to write instead.
    """
    scheme, separator, rest = text.partition("://")
    if separator and scheme == "s3":
        return _parse_s3(text, rest)
    if separator and scheme == "file":
        return _parse_file(text, rest)
    raise _bad(text, "give s3://bucket/key or file:///absolute/path")


def file_uri(path: PurePosixPath | str) -> str:
    """The URI of an absolute path; a trailing slash stays."""
    return "file://" + quote(str(path), safe="/")


def below(folder: str, path: str) -> str:
    """The URI of what lies at a relative path below a folder's URI. Raises BadUriError where no URI can name it."""
    named = quote(path, safe="/") if folder.startswith("file://") else path
    uri = f"{folder.removesuffix('/')}/{named}"
    parse_uri(uri)
    return uri


def _parse_s3(text: str, rest: str) -> Location:
    bucket, _, key = rest.partition("/")
    if not _BUCKET.fullmatch(bucket):
        raise _bad(text, f"{bucket!r} is no bucket's name: give 3 to 63 of a-z, 0-9, `.` and `-`")
    wildcards = sorted(set(key) & set(_WILDCARDS))
    if wildcards:
        raise _bad(text, f"s3 URIs are literal and may not hold {' '.join(wildcards)}: rename the object")
    if ".." in text:
        raise _bad(text, "`..` is not allowed: write the key that is meant")
    _check_segments(text, key)
    return Location("s3", bucket, key)


def _parse_file(text: str, rest: str) -> Location:
    host, slash, path = rest.partition("/")
    if not slash or host not in {"", "localhost"}:
        raise _bad(text, "files are named by absolute paths on this machine: give file:///absolute/path")
    if set(path) & {"?", "#"}:
        raise _bad(text, "write ? as %3F and # as %23")
    try:
        key = unquote(path, errors="strict")
    except UnicodeDecodeError:
        raise _bad(text, "its percent-encoding is not UTF-8: rename the file") from None
    if ".." in key.split("/"):
        raise _bad(text, "`..` is not allowed: write the path that is meant")
    _check_segments(text, key)
    return Location("file", "", key)


def _check_segments(text: str, key: str) -> None:
    if _CONTROL.search(key):
        raise _bad(text, "control characters are not allowed: rename what has them in its name")
    if key and {"", "."} & set(key.removesuffix("/").split("/")):
        raise _bad(text, "empty segments and `.` are not allowed")


def _bad(text: str, what: str) -> BadUriError:
    return BadUriError(Reason.BAD_TASK, f"{text!r}: {what}")
