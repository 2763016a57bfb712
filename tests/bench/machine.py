"""On what it was measured: enough to judge the figures by, nothing that names a host or a folder."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import time
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self

PACKAGES = ("av", "numpy", "onnxruntime", "onnxruntime-gpu", "opencv-python-headless", "insightface")


def cores() -> int:
    """Processor cores that this process may run on; the worker gives each stage as many threads."""
    return len(os.sched_getaffinity(0))


def describe() -> dict[str, Any]:
    """CPU, cores, memory and versions."""
    return {
        "cpu": _first(Path("/proc/cpuinfo"), "model name") or platform.machine(),
        "cores": cores(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "versions": {"Python": platform.python_version(), **_versions()},
    }


def _versions() -> dict[str, str]:
    """Of those that are installed."""
    found = {}
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


class Others:
    """How many cores other processes kept busy while a block ran: a machine that is not idle blurs figures."""

    def __enter__(self) -> Self:
        self._since = time.perf_counter()
        self._busy = _busy_seconds() - time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.cores = (_busy_seconds() - time.process_time() - self._busy) / (time.perf_counter() - self._since)


def _busy_seconds() -> float:
    """Core-seconds that the machine has worked since it was started (proc_stat(5): all but idle and iowait)."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


def _first(path: Path, field: str) -> str:
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(field)), "")


def commit() -> str:
    """Of the code that runs; marked where it was changed since, `unknown` where this is no checkout."""
    if shutil.which("git") is None:
        return "unknown"
    root = Path(__file__).parents[2]
    called = subprocess.run(
        ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12"],
        capture_output=True,
        text=True,
        check=False,
    )
    return called.stdout.strip() or "unknown"
