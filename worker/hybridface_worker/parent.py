"""Ties this process's life to its parent's: a coordinator that is killed leaves no worker behind."""

from __future__ import annotations

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that the kernel sends this process when the thread that started it ends."""


def die_with_parent(parent: int) -> None:
    """Has the kernel send SIGKILL when the parent ends; ends at once where it has ended already. Linux only.

    `parent` is its process id, as it told it: one that ended while this process was still loading is not found out
    otherwise.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
