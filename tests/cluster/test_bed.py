"""The bed itself: a cluster that is killed leaves nothing that runs, and the rest is taken away afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from build_images import PRODUCTS
from support.cluster_network import LINK
from support.cluster_state import STATE, ClusterInUse, claimed, take_down
from support.waiting import soon

TESTS = Path(__file__).parents[1]
PROGRAM = f"""
import time
from support.cluster import running
with running({PRODUCTS!r}) as cluster:
    print("up", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def program():
    """A cluster in a process of its own, up."""
    environment = os.environ | {"PYTHONPATH": f"{TESTS}:{TESTS.parent / 'scripts'}"}
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        assert running.stdout.readline() == "up\n"
        yield running
        running.kill()
        running.wait()
        take_down()


def servers():
    """Programs that were started with files of the cluster."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(STATE).encode() + b"/" in process.read_bytes():
                found.append(process)
        except OSError:  # it has just ended
            continue
    return found


def groups():
    return list(Path("/sys/fs/cgroup").glob("*/hybridface-*"))


def test_of_a_cluster_that_is_killed_nothing_runs_on_and_nothing_is_left_once_it_is_taken_down(program):
    assert servers()
    assert groups()
    with pytest.raises(ClusterInUse, match="make cluster-down"), claimed():
        pass

    program.send_signal(signal.SIGKILL)
    program.wait()

    assert soon(servers, lambda found: not found) == []
    assert soon(lambda: Path("/sys/class/net", LINK).exists(), lambda there: not there) is False
    assert str(STATE) not in Path("/proc/mounts").read_text()
    assert take_down() is False
    assert groups() == []
    assert not STATE.exists()
