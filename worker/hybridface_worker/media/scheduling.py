"""Undoes realtime scheduling: where they are permitted to, some encoders raise their own threads and the caller's.

SVT-AV1 4.1 does so when it runs as root (`pthread_setschedparam(SCHED_FIFO, 99)`, seen). Nothing preempts such a
thread, and every process that it starts inherits the policy.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_TASKS = Path("/proc/self/task")


def be_ordinary() -> None:
    """Sets every realtime thread of this process back to SCHED_OTHER. Does nothing on other systems than Linux."""
    if not _TASKS.is_dir():
        return
    for task in _TASKS.iterdir():
        with suppress(OSError):  # it has ended meanwhile
            thread = int(task.name)
            if os.sched_getscheduler(thread) in (os.SCHED_FIFO, os.SCHED_RR):
                os.sched_setscheduler(thread, os.SCHED_OTHER, os.sched_param(0))
