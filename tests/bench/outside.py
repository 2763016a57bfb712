"""What is spent around models: their time is counted, and taken off what a stage took alone."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from hybridface_worker.inference.busy import Busy
from hybridface_worker.media.decode import VideoReader

from .machine import cores
from .setups import Setup
from .stages import Stages
from .workload import Workload


class Summed(Busy):
    """Adds up the seconds of every block, also of those that run side by side."""

    def __init__(self) -> None:
        super().__init__()
        self._own = threading.local()
        self._sum = 0.0

    def __enter__(self) -> Self:
        self._own.since = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        taken = time.perf_counter() - self._own.since
        with self._lock:
            self._sum += taken

    @property
    def seconds(self) -> float:
        """So far."""
        return self._sum


class Counted:
    """An inference session whose runs are counted."""

    def __init__(self, session: Any, seconds: Summed) -> None:
        self._session = session
        self._seconds = seconds

    def run(self, outputs: list[str], inputs: Mapping[str, Any]) -> Any:
        """As InferenceSession's."""
        with self._seconds:
            return self._session.run(outputs, inputs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


def outside_milliseconds(workload: Workload, setup: Setup) -> float:
    """Of ours, a frame: the stages alone, less the models in them, and less decoding.

    That is thumbnails and cuts, around the detector, the window, crops, around the swapper, colours, copying, pasting.
    The encoder takes frames as they are.
    """
    models = Summed()
    with tempfile.TemporaryDirectory(prefix="hybridface-bench-") as folder:
        stages = Stages(workload, Path(folder) / "alone", setup, models)
        stages.costs()
        before = models.seconds
        costs = {cost.stage: cost for cost in stages.costs()}
        in_models = models.seconds - before
    spent = costs["decode"].wall_seconds - _decoding_seconds(workload)
    # The detector's lanes run side by side, each on one thread: their core-seconds are what they took.
    spent += costs["detect"].core_seconds + costs["swap"].wall_seconds - in_models
    return spent / workload.info.frames * 1000


def _decoding_seconds(workload: Workload) -> float:
    """Of the frames that the first stage decodes: those of the clip, and none of its context."""
    with (
        workload.path.open("rb") as file,
        VideoReader(file, workload.info, workload.index, threads=cores()) as reader,
    ):
        since = time.perf_counter()
        for _ in reader.read(0, workload.info.frames, conceal=True):
            pass
        return time.perf_counter() - since
