"""Where the cluster of this machine keeps its files, whose it is, and the taking away of what one left that was killed.

Its processes, mounts and links end with the process that runs it, by the kernel's doing. Files and empty control groups
do not: they are removed here.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

STATE = Path.home() / ".cache" / "hybridface" / "cluster"
_LOCK = STATE.with_name(f"{STATE.name}.lock")
_CGROUPS = Path("/sys/fs/cgroup")
_PREFIX = "hybridface-"
_PATIENCE_SECONDS = 60


class ClusterInUse(Exception):
    """There is one already."""


@contextmanager
def claimed() -> Iterator[Path]:
    """The cluster's folder, empty, while nobody else can have it. Nothing is left behind afterwards.

    Raises:
        ClusterInUse: somebody else has it.
    """
    _LOCK.parent.mkdir(parents=True, exist_ok=True)
    with _LOCK.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ClusterInUse("a cluster is up on this machine: `make cluster-down` ends it") from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        _remove()
        STATE.mkdir(mode=0o755)
        try:
            yield STATE
        finally:
            _remove()


def take_down() -> bool:
    """Ends whoever runs the cluster, and removes what is left of it; whether there was anybody.

    Raises:
        RuntimeError: what it ran does not go away.
    """
    _LOCK.parent.mkdir(parents=True, exist_ok=True)
    with _LOCK.open("a+") as lock:
        lock.seek(0)
        owner = lock.read()
        runs = not _acquired(lock)
        if runs:
            os.kill(int(owner), signal.SIGTERM)
            if not _wait(lambda: _acquired(lock)):
                os.kill(int(owner), signal.SIGKILL)
                _wait(lambda: _acquired(lock))
        _remove()
    _LOCK.unlink()
    return runs


def make_cgroup(node: str) -> str:
    """Control groups for a node's pods; their name below every hierarchy."""
    name = f"{_PREFIX}{node}"
    for hierarchy in _hierarchies():
        group = hierarchy / name
        group.mkdir(exist_ok=True)
        for setting in ("cpuset.cpus", "cpuset.mems"):  # empty in a new group of the first version
            if hierarchy.name == "cpuset" and (group / setting).exists():
                (group / setting).write_text((hierarchy / setting).read_text())
    return name


def _hierarchies() -> list[Path]:
    """Of the second version of control groups there is one, of the first one for each controller."""
    if (_CGROUPS / "cgroup.controllers").exists():
        return [_CGROUPS]
    return [path for path in _CGROUPS.iterdir() if path.is_dir() and not path.is_symlink()]


def _remove() -> None:
    groups = [group for hierarchy in _hierarchies() for group in hierarchy.glob(f"{_PREFIX}*")]
    if not _wait(lambda: all(_removed(group) for group in groups)):
        raise RuntimeError(f"processes of a cluster that has ended do not end: see {', '.join(map(str, groups))}")
    shutil.rmtree(STATE, ignore_errors=not STATE.exists())


def _removed(group: Path) -> bool:
    """Whether a control group is gone, with those in it."""
    for folder, _, _ in os.walk(group, topdown=False):
        with suppress(OSError):
            Path(folder).rmdir()
    return not group.exists()


def _acquired(lock) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(is_so) -> bool:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
