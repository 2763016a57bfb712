"""A worker never outlives who started it, however early that one ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from hybridface_operator.local.settings import LocalSettings

TIED = "import sys; from hybridface_worker.parent import die_with_parent; die_with_parent(int(sys.argv[1]))"


def tied_to(parent: int) -> int:
    """The exit status of a process that was told that this is its parent."""
    return subprocess.run([sys.executable, "-c", TIED, str(parent)], check=False).returncode


def test_a_worker_whose_parent_ended_while_it_was_loading_ends_at_once():
    with subprocess.Popen(["true"]) as parent:
        pass
    assert tied_to(parent.pid) == -signal.SIGKILL


def test_a_worker_whose_parent_lives_goes_on():
    assert tied_to(os.getpid()) == 0


def test_a_coordinator_tells_its_workers_who_it_is(tmp_path):
    assert LocalSettings(tmp_path, 1).command[-2:] == ("--die-with-parent", str(os.getpid()))
