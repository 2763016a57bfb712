"""What it costs to start with a model, and to start again with what was made of it for this device."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from hybridface_worker.inference.options import SessionOptions
from hybridface_worker.inference.session import open_session
from hybridface_worker.phases.engines import StoredEngines
from hybridface_worker.store.folder import FolderStore

from .figures import Figure, Goal, median_ratio
from .machine import cores
from .setups import SwapperName, inswapper_file

CASES: tuple[SwapperName, ...] = ("middling", "full")


def measure(*, quick: bool) -> list[Figure]:
    """Seconds of the first start, of the first on another node, and of the next there."""
    return [figure for name in CASES for figure in _measure(name, 1 if quick else 3)]


def _measure(name: SwapperName, rounds: int) -> list[Figure]:
    model = inswapper_file(name)
    model.read_bytes()  # from here on in the system's cache
    taken = [_round(model) for _ in range(rounds)]
    fetched = {again for _, _, (_, again) in taken}
    if fetched != {0}:
        raise RuntimeError(f"a start with the engine at hand fetched {fetched} bytes")
    what = f"of the {name} stand-in"
    first, warm = ([each[place][0] for each in taken] for place in (0, 2))
    details = {
        "seconds": [[seconds for seconds, _ in each] for each in taken],
        "bytes_fetched": [[count for _, count in each] for each in taken],
        "starts": ["first", "first on another node", "again there"],
    }
    ratio = median_ratio(zip(warm, first, strict=True))
    return [
        Figure("starting", f"Start {what} again, by its first start", ratio, goal=Goal("at most", 1), details=details),
        Figure("starting", f"first start {what}", sorted(first)[len(first) // 2], "s"),
        Figure("starting", f"start {what} again", sorted(warm)[len(warm) // 2], "s"),
    ]


def _round(model: Path) -> tuple[tuple[float, int], tuple[float, int], tuple[float, int]]:
    with tempfile.TemporaryDirectory(prefix="hybridface-bench-") as folder:
        store = FolderStore(Path(folder) / "store")
        here, there = (Path(folder) / node for node in ("one", "another"))
        return _start(model, store, here), _start(model, store, there), _start(model, store, there)


def _start(model: Path, store: FolderStore, folder: Path) -> tuple[float, int]:
    """Seconds until the model may be run, and bytes of engines that were fetched."""
    engines = StoredEngines(folder, store, "")
    since = time.perf_counter()
    open_session(model, options=SessionOptions(threads=cores(), engines=engines))
    return time.perf_counter() - since, engines.bytes_fetched
