"""Whether memory grows with a video's length: the peak of a worker process over a long clip, against a short one.

`python -m bench.memory CLIP` is that process: it prints its peak.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from .clips import long_clip
from .figures import Figure, Goal
from .quiet import quiet
from .workload import Workload, timed

SHORT_SECONDS, LONG_SECONDS = 60, 600
CHUNK_FRAMES = 96
GOAL = Goal("at most", 1.1)


def measure(*, quick: bool) -> list[Figure]:
    """The ratio of the peaks. Quick takes a tenth of both lengths."""
    scale = 10 if quick else 1
    short, long = (_peak_bytes(long_clip(seconds // scale)) for seconds in (SHORT_SECONDS, LONG_SECONDS))
    what = f"Peak memory of {LONG_SECONDS // scale} s of video, by that of {SHORT_SECONDS // scale} s"
    details = {"mebibytes": [round(long / 2**20, 1), round(short / 2**20, 1)], "chunk_frames": CHUNK_FRAMES}
    return [Figure("memory", what, long / short, goal=GOAL, details=details)]


def _peak_bytes(path: Path) -> int:
    called = subprocess.run([sys.executable, "-m", "bench.memory", str(path)], stdout=subprocess.PIPE, check=True)
    return int(called.stdout.split()[-1])


def main(path: Path) -> None:
    """Works the clip and prints the process's peak in bytes (VmHWM, proc_pid_status(5))."""
    quiet()
    os.nice(10)  # memory does not depend on speed
    timed(Workload.of(path), CHUNK_FRAMES)
    status = Path("/proc/self/status").read_text()
    kibibytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    print(int(kibibytes) * 1024)  # noqa: T201 - for the process that measures


if __name__ == "__main__":
    main(Path(sys.argv[1]))
