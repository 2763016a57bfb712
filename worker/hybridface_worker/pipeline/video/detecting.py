"""The second stage: faces of each frame, in batches that never cross a span."""

from __future__ import annotations

from time import perf_counter

from hybridface_worker.faces.detector import Detector
from hybridface_worker.pipeline.channel import Channel

from .messages import Frame, RunEnd


class Detecting:
    """Fills in `faces` of every frame that has a thumbnail."""

    def __init__(self, detector: Detector, batch: int, out: Channel[Frame | RunEnd]) -> None:
        self._detector = detector
        self._batch = batch
        self._out = out
        self._waiting: list[Frame] = []

    def run(self, arriving: Channel[Frame | RunEnd]) -> None:
        """Handles everything that arrives, then finishes the channel behind."""
        for message in arriving:
            if isinstance(message, RunEnd):
                self._flush()
                self._out.put(message)
                continue
            if self._waiting and self._waiting[-1].work is not message.work:
                self._flush()
            self._waiting.append(message)
            if len(self._waiting) >= self._batch:
                self._flush()
        self._flush()
        self._out.finish()

    def _flush(self) -> None:
        since = perf_counter()
        asked = [frame for frame in self._waiting if frame.thumbnail is not None]
        found = self._detector.detect([frame.thumbnail for frame in asked if frame.thumbnail is not None])
        for frame, faces in zip(asked, found, strict=True):
            frame.faces = [face.scaled(1 / frame.scale) for face in faces]
            frame.thumbnail = None
        busy = (perf_counter() - since) * 1000
        for frame in self._waiting:
            if frame.work is not None:
                frame.work.busy["detect"] += busy / len(self._waiting)
            self._out.put(frame)
        self._waiting = []
