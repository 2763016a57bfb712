"""URIs of inputs and outputs: how they are checked, and how relative ones are resolved. Opens nothing.

Absolute URIs follow the store's rules; a manifest may give paths as well.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from hybridface_worker.store.uri import file_uri, parse_uri

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def check_uri(text: str) -> str:
    """Returns the URI unchanged: `s3://`, `file://`, or a path. Raises ValueError, which says what is wrong."""
    if _SCHEME.match(text):
        parse_uri(text)
    elif _CONTROL.search(text):
        raise ValueError(f"{text!r}: control characters are not allowed")
    if text != text.strip():
        raise ValueError(f"{text!r}: a space at an end is not allowed")
    return text


def resolve(uri: str, folder: Path) -> str:
    """The address as `s3://` or absolute `file://`; paths are taken from `folder`, which is absolute.

    A slash at the end stays. `..` is taken out of a path as text.
    """
    if uri.startswith("s3://"):
        return uri
    path = "/" + parse_uri(uri).key if uri.startswith("file://") else uri
    whole = "/" + os.path.normpath(folder / path).lstrip("/")
    is_folder = path.endswith(("/", "/.", "/..")) or path in (".", "..")
    return file_uri(whole + "/" if is_folder and whole != "/" else whole)


def _check_object(text: str) -> str:
    """One object, not a folder of them."""
    check_uri(text)
    if text.endswith("/") or (_SCHEME.match(text) and parse_uri(text).is_prefix):
        raise ValueError(f"{text!r}: a folder; one image is wanted")
    return text


def _check_folder(text: str) -> str:
    """A folder, always with a slash at its end."""
    check_uri(text)
    return text if text.endswith("/") else text + "/"


_Text = Annotated[str, Field(min_length=1, max_length=1024)]
ObjectUri = Annotated[_Text, AfterValidator(_check_object)]
TargetUri = Annotated[_Text, AfterValidator(check_uri)]
FolderUri = Annotated[str, Field(min_length=1, max_length=1023), AfterValidator(_check_folder)]
