"""Copies between a folder and object storage, every file or object with its relative path as key.

`objects.py send demo/in s3://inbox/` copies a folder there, `objects.py fetch s3://results/spring/ out` from there.
`HYBRIDFACE_S3_*` say how storage is reached.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from hybridface_worker.contract.errors import WorkerError
from hybridface_worker.store.base import ObjectStore
from hybridface_worker.store.settings import StoreSettings
from hybridface_worker.store.stores import Stores


def send(folder: Path, uri: str) -> Iterator[str]:
    """Copies every file below the folder; yields where each is now. Raises WorkerError where storage refuses."""
    store, prefix = _resolved(uri)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        key = prefix + path.relative_to(folder).as_posix()
        store.upload(key, path)
        yield store.uri(key)


def fetch(uri: str, folder: Path) -> Iterator[str]:
    """Copies every object below the address; yields where each is now. Raises WorkerError where storage refuses."""
    store, prefix = _resolved(uri)
    for found in store.list(prefix):
        path = folder / found.key.removeprefix(prefix)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(store.read(found.key))
        yield str(path)


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0, or 1 where storage refuses or there is nothing to copy."""
    options = _parser().parse_args(arguments)
    copies = send(options.folder, options.uri) if options.verb == "send" else fetch(options.uri, options.folder)
    there = False
    try:
        for copy in copies:
            there = True
            print(copy)
    except (WorkerError, OSError) as error:
        print(f"objects.py: {error}", file=sys.stderr)
        return 1
    if not there:
        source = options.folder if options.verb == "send" else options.uri
        print(f"objects.py: there is nothing in {source}", file=sys.stderr)
    return 0 if there else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    verbs = parser.add_subparsers(dest="verb", required=True)
    sending = verbs.add_parser("send", help="from a folder to storage")
    sending.add_argument("folder", type=Path)
    sending.add_argument("uri", help="s3://bucket/prefix/")
    fetching = verbs.add_parser("fetch", help="from storage to a folder")
    fetching.add_argument("uri", help="s3://bucket/prefix/")
    fetching.add_argument("folder", type=Path)
    return parser


def _resolved(uri: str) -> tuple[ObjectStore, str]:
    return Stores(StoreSettings.from_env(os.environ)).resolve(uri if uri.endswith("/") else f"{uri}/")


if __name__ == "__main__":
    sys.exit(main())
