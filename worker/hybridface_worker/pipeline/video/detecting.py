"""The second stage: detects the faces of each frame, in batches."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from time import perf_counter

from hybridface_worker.faces.detector import Detector
from hybridface_worker.inference.device import Lanes
from hybridface_worker.pipeline.channel import Channel
from hybridface_worker.pipeline.jobs import Job, Jobs

from .messages import Frame, RunEnd


class Detecting:
    """Fills in `faces` of every frame that has a thumbnail."""

    def __init__(self, detector: Detector, lanes: Lanes, out: Channel[Job[Frame | RunEnd]]) -> None:
        """`detector` is used from as many threads as there are lanes."""
        self._detector = detector
        self._lanes = lanes
        self._out = out

    @staticmethod
    def held_back(lanes: Lanes) -> int:
        """Frames that may wait here for later ones, to fill a batch."""
        return lanes.size - 1

    def run(self, arriving: Iterable[Frame | RunEnd]) -> None:
        """Handles all messages, then closes the output."""
        gathered: list[Frame | RunEnd] = []
        with Jobs("detect", self._lanes.count, self._out) as jobs:
            for message in arriving:
                gathered.append(message)
                if isinstance(message, RunEnd) or len(gathered) == self._lanes.size:
                    jobs.give(partial(self._detected, gathered))
                    gathered = []
            jobs.give(partial(self._detected, gathered))
        self._out.finish()

    def _detected(self, messages: list[Frame | RunEnd]) -> list[Frame | RunEnd]:
        shown = [each for each in messages if isinstance(each, Frame) and each.thumbnail is not None]
        if not shown:
            return messages
        since = perf_counter()
        found = self._detector.detect([each.thumbnail for each in shown if each.thumbnail is not None])
        seconds = (perf_counter() - since) / len(shown)
        for frame, faces in zip(shown, found, strict=True):
            frame.faces = [face.scaled(1 / frame.scale) for face in faces]
            frame.thumbnail = None
            if frame.work is not None:
                frame.work.took("detect", seconds)
        return messages
