"""Reads manifests: the one place of this package that touches files."""

from __future__ import annotations

import sys
from pathlib import Path

from .documents import Text, end_of, read_text
from .job import FaceSwapJob
from .parse import parse_jobs
from .problems import Problem, SpecError

MAX_BYTES = 2**20
STDIN = "-"


def load_manifests(path: str | Path) -> list[FaceSwapJob]:
    """The jobs of a manifest, `-` for standard input; relative paths in them are taken from the manifest's folder.

    Raises:
        SpecError: the file cannot be read, or anything in it is wrong. It lists what is wrong with every document.
    """
    from_stdin = str(path) == STDIN
    folder = Path.cwd() if from_stdin else Path(path).absolute().parent
    return parse_jobs(load_documents(path), "standard input" if from_stdin else str(path), folder)


def load_document(path: str | Path, what: str) -> Text:
    """The one document of a YAML or JSON file; `what` it is meant to be is for the message. Raises SpecError."""
    return only(load_documents(path), what, str(path))


def only(texts: list[Text], what: str, file: str) -> Text:
    """The one document that a file has. Raises SpecError."""
    if len(texts) != 1:
        raise SpecError([Problem(f"has {len(texts)} documents; one {what} is wanted", file=file)])
    return texts[0]


def load_documents(path: str | Path) -> list[Text]:
    """The documents of a YAML or JSON file, `-` for standard input. Raises SpecError."""
    name = "standard input" if str(path) == STDIN else str(path)
    try:
        if str(path) == STDIN:
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SpecError([Problem(_unreadable(error), file=name)]) from None
    if len(data) > MAX_BYTES:
        raise SpecError([Problem(f"larger than {MAX_BYTES} bytes; split it", file=name)])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = end_of(data[: error.start].decode("utf-8-sig"))
        raise SpecError([Problem(f"not UTF-8: byte 0x{data[error.start]:02x}", file=name, position=where)]) from None
    return read_text(text, name)


def _unreadable(error: OSError) -> str:
    match error:
        case FileNotFoundError():
            return "there is no such file"
        case IsADirectoryError():
            return "is a folder; name a file in it"
        case _:
            return f"cannot be read: {error.strerror}"
