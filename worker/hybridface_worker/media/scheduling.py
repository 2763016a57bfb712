"""Keeps encoders from taking the machine: where they may, some make their threads, and their caller, realtime ones.

SVT-AV1 4.1 does so when it runs as root (`pthread_setschedparam(SCHED_FIFO, 99)`, seen). Such a thread is preempted by
nothing, and every process that it starts later inherits that.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_TASKS = Path("/proc/self/task")


def be_ordinary() -> None:
    """Gives every realtime thread of this process the ordinary scheduling back; there are none but on Linux."""
    if not _TASKS.is_dir():
        return
    for task in _TASKS.iterdir():
        with suppress(OSError):  # it has ended meanwhile
            thread = int(task.name)
            if os.sched_getscheduler(thread) in (os.SCHED_FIFO, os.SCHED_RR):
                os.sched_setscheduler(thread, os.SCHED_OTHER, os.sched_param(0))
