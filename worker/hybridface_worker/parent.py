"""Ends this process with its parent: a coordinator that is killed leaves no worker behind."""

from __future__ import annotations

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that the kernel sends this process when the thread that started it ends."""


def die_with_parent(parent: int) -> None:
    """Has the kernel send SIGKILL when the parent ends; ends at once where it has ended already. Linux only.

    `parent` is the process id that the parent passed, to find out if it ended while this process was loading.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
