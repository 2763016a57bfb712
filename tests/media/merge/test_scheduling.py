"""An encoder never makes a worker a realtime process, whoever runs it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import av
import pytest

from hybridface_worker.contract.plan import VideoEncoding
from hybridface_worker.contract.spec import Container
from hybridface_worker.media import encode

TASKS = Path("/proc/self/task")


def policies() -> set[int]:
    """How the threads of this process are scheduled."""
    found = set()
    for task in TASKS.iterdir():
        with suppress(ProcessLookupError):  # it has ended meanwhile
            found.add(os.sched_getscheduler(int(task.name)))
    return found


@pytest.mark.skipif(not TASKS.is_dir(), reason="threads are told apart on Linux")
def test_an_av1_encoder_leaves_every_thread_ordinary(tmp_path):
    encoding = VideoEncoding(
        container=Container.MKV, encoder="libsvtav1", options={}, pixel_format="yuv420p", threads=1, rate="25/1"
    )
    with av.open(str(tmp_path / "one.mkv"), "w") as output:
        stream = output.add_stream("libsvtav1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        encode._open(stream, encoding)

        assert policies() == {os.SCHED_OTHER}
        output.mux(stream.encode(None))
