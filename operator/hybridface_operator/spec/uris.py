"""Addresses of inputs and outputs: what they may look like, and what relative ones mean. Opens nothing."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, unquote

from pydantic import AfterValidator, Field

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_BUCKET = re.compile(r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def check_uri(text: str) -> str:
    """Returns the address as it is: `s3://`, `file://`, or a path. Raises ValueError, which says what is wrong."""
    if _CONTROL.search(text):
        raise ValueError("has a control character")
    if text != text.strip():
        raise ValueError("has a space at an end")
    scheme = _SCHEME.match(text)
    if scheme is None:
        return text
    if scheme[0] == "s3://":
        _check_s3(text)
    elif scheme[0] == "file://":
        file_path(text)
    else:
        raise ValueError("is of a scheme that is not read; use s3://, or file:// and paths in runs on one machine")
    return text


def _check_s3(text: str) -> None:
    """Such URIs become storage policies as they stand: nothing in them may be a wildcard there."""
    bucket, _, key = text.removeprefix("s3://").partition("/")
    if not bucket:
        raise ValueError("names no bucket: s3://<bucket>/<key>")
    for bad in ("*", "?", "$", "%", ".."):
        if bad in text:
            raise ValueError(f'has "{bad}"; s3:// addresses are literal, and * ? $ % .. are refused in them')
    if not _BUCKET.match(bucket):
        raise ValueError(f'"{bucket}" is no bucket: 3 to 63 small letters, digits, dots and dashes')
    if key.startswith("/") or "//" in key or "." in key.split("/"):
        raise ValueError("has an empty or . segment, which storage does not keep")


def _check_object(text: str) -> str:
    """One object, not a folder of them."""
    check_uri(text)
    if text.endswith("/") or re.fullmatch(r"s3://[^/]*", text):
        raise ValueError("names a folder; one image is wanted")
    return text


def _check_target(text: str) -> str:
    """An object, or with a slash at the end every object below."""
    check_uri(text)
    if re.fullmatch(r"s3://[^/]*", text):
        raise ValueError(f"names a bucket; {text}/ stands for every object in it")
    return text


def _check_folder(text: str) -> str:
    """A folder, always with a slash at its end."""
    check_uri(text)
    return text if text.endswith("/") else text + "/"


_Text = Annotated[str, Field(min_length=1, max_length=1024)]
ObjectUri = Annotated[_Text, AfterValidator(_check_object)]
TargetUri = Annotated[_Text, AfterValidator(_check_target)]
FolderUri = Annotated[str, Field(min_length=1, max_length=1023), AfterValidator(_check_folder)]


def file_path(uri: str) -> str:
    """The absolute path that a `file://` URI names, percent-decoded. Raises ValueError, which says what is wrong."""
    host, slash, rest = uri.removeprefix("file://").partition("/")
    if host not in ("", "localhost"):
        raise ValueError(f'names the host "{host}"; only files of this machine are read: file:///path')
    if not slash:
        raise ValueError("names no path: file:///path")
    for bad in "?#":
        if bad in rest:
            raise ValueError(f'has "{bad}"; in a file:// URI write it as {quote(bad)}')
    if _ESCAPE.search(rest):
        raise ValueError('has "%" without two hexadecimal digits behind it; write a percent sign as %25')
    try:
        path = "/" + unquote(rest, errors="strict")
    except UnicodeDecodeError:
        raise ValueError("does not decode to UTF-8") from None
    if _CONTROL.search(path):
        raise ValueError("has a control character")
    return path


def resolve(uri: str, folder: Path) -> str:
    """The address as `s3://` or absolute `file://`; paths are taken from `folder`, which is absolute.

    A slash at the end stays. `..` is taken out as text.
    """
    if uri.startswith("s3://"):
        return uri
    path = file_path(uri) if uri.startswith("file://") else uri
    whole = "/" + os.path.normpath(folder / path).lstrip("/")
    is_folder = path.endswith(("/", "/.", "/..")) or path in (".", "..")
    return "file://" + quote(whole) + ("/" if is_folder and whole != "/" else "")
