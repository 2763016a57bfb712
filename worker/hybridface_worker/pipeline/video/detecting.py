"""The second stage: faces of each frame, several frames at a time, each by itself."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from time import perf_counter

import numpy as np
import numpy.typing as npt

from hybridface_worker.faces.detector import Detector
from hybridface_worker.faces.types import Face
from hybridface_worker.pipeline.channel import Channel

from .messages import Frame, RunEnd

Found = tuple[list[Face], float]
"""Faces, and the milliseconds that it took."""


class Detecting:
    """Fills in `faces` of every frame that has a thumbnail.

    Many inferences of one thread each keep processors busier than one inference of many threads, and cost less: no
    thread waits for another, and each one's data stays in its core's cache.
    """

    def __init__(self, detector: Detector, lanes: int, out: Channel[Frame | RunEnd]) -> None:
        """`lanes`: frames that are detected at once; `detector` is used from as many threads."""
        self._detector = detector
        self._lanes = lanes
        self._out = out
        self._pending: deque[tuple[Frame | RunEnd, Future[Found] | None]] = deque()

    def run(self, arriving: Channel[Frame | RunEnd]) -> None:
        """Handles everything that arrives, then finishes the channel behind."""
        with ThreadPoolExecutor(self._lanes, "detect") as pool:
            for message in arriving:
                self._pending.append((message, self._submit(pool, message)))
                # Nothing may come behind a run's end until all of the run has been worked.
                self._pass_on_all_but(0 if isinstance(message, RunEnd) else self._lanes)
            self._pass_on_all_but(0)
        self._out.finish()

    def _submit(self, pool: ThreadPoolExecutor, message: Frame | RunEnd) -> Future[Found] | None:
        if isinstance(message, RunEnd) or message.thumbnail is None:
            return None
        return pool.submit(self._detect, message.thumbnail)

    def _detect(self, thumbnail: npt.NDArray[np.uint8]) -> Found:
        since = perf_counter()
        faces = self._detector.detect([thumbnail])[0]
        return faces, (perf_counter() - since) * 1000

    def _pass_on_all_but(self, held_back: int) -> None:
        while len(self._pending) > held_back:
            self._pass_on()

    def _pass_on(self) -> None:
        message, future = self._pending.popleft()
        if future is not None and isinstance(message, Frame):
            faces, busy = future.result()
            message.faces = [face.scaled(1 / message.scale) for face in faces]
            message.thumbnail = None
            if message.work is not None:
                message.work.busy["detect"] += busy
        self._out.put(message)
