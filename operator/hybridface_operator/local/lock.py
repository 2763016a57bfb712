"""One coordinator per job: a lock on the job's folder that ends with its holder, however that ends."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from hybridface_operator.errors import JobBusyError
from hybridface_worker.store.folder_errors import writing
from hybridface_worker.store.uri import file_uri

_FILE = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the folder's lock; the folder is made where it is not there.

    Raises:
        JobBusyError: somebody else holds it; the message says who.
        StoreError: the folder cannot be written to.
    """
    path = folder / _FILE
    with writing(file_uri(str(path)), path):
        folder.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise JobBusyError(f"{_holder(file.read())} works at this job already: wait for it, or end it") from None
        with writing(file_uri(str(path)), path):
            file.truncate(0)
            json.dump({"pid": os.getpid(), "host": socket.gethostname(), "since": _now()}, file)
            file.flush()
        yield


def _holder(text: str) -> str:
    try:
        holder = json.loads(text)
        return f"process {holder['pid']} on {holder['host']} (since {holder['since']})"
    except (ValueError, KeyError, TypeError):
        return "another process"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
