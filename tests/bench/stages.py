"""The pipeline's own stages, each run alone over what the stage before it made: what it costs when nothing disturbs it.

Channels hold everything while the inputs are made and nothing while a stage is timed, so that pictures come and go as
they do in the pipeline.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from hybridface_worker.contract.spec import FaceSelection
from hybridface_worker.inference.busy import Busy
from hybridface_worker.media.decode import VideoReader
from hybridface_worker.media.encode import ChunkEncoder, lookahead_frames
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View
from hybridface_worker.pipeline.channel import Channel, InFlight
from hybridface_worker.pipeline.jobs import Job
from hybridface_worker.pipeline.span_work import SpanWork
from hybridface_worker.pipeline.video.detecting import Detecting
from hybridface_worker.pipeline.video.encoding import Encoding
from hybridface_worker.pipeline.video.messages import Frame
from hybridface_worker.pipeline.video.reading import Context, Reading
from hybridface_worker.pipeline.video.swapping import Swapping

from .figures import Cost
from .setups import BLEND, Setup
from .workload import Workload

Messages = list[Any]
Run = Callable[[Channel[Any], Channel[Any]], None]
"""A stage: takes what comes from one channel, and puts what it makes into the other."""


class Given(Channel[Any]):
    """The channel before a stage that runs alone: everything is there already."""

    def __init__(self, messages: Messages) -> None:
        super().__init__(1)
        self._given = deque(replace(each) if isinstance(each, Frame) else each for each in messages)

    def __iter__(self) -> Iterator[Any]:
        while self._given:
            yield self._given.popleft()


class Sink(Channel[Any]):
    """The channel behind a stage that runs alone: it keeps everything, or nothing."""

    def __init__(self, lanes: int, *, keep: bool) -> None:
        super().__init__(1)
        self._keep = keep
        self._jobs: deque[Job[Any]] = deque()
        self._lanes = lanes
        self.kept: Messages = []

    def put(self, item: Any) -> None:
        """Waits for jobs where there are more of them than lanes, as in the pipeline, and for nothing else."""
        if not isinstance(item, Future):
            self._take(item)
            return
        self._jobs.append(item)
        if len(self._jobs) > self._lanes:
            self._take(*self._jobs.popleft().result())

    def finish(self) -> None:
        """Waits for the jobs that are left."""
        while self._jobs:
            self._take(*self._jobs.popleft().result())

    def _take(self, *messages: Any) -> None:
        if self._keep:
            self.kept += messages


class Stages:
    """One clip's stages, with what each of them is given."""

    def __init__(self, workload: Workload, folder: Path, setup: Setup = BLEND, busy: Busy | None = None) -> None:
        """Runs every stage once, to have what the next one is given."""
        self._workload = workload
        self._tools = workload.tools(folder, setup, busy)
        self._view = View.of_video(workload.info)
        self._ahead = lookahead_frames(workload.encoding)
        self._smoothing = workload.plan().blend.smoothing
        self._given: dict[str, Messages] = {}
        messages: Messages = []
        for name, stage in self._stages():
            self._given[name] = messages
            sink = Sink(self._tools.threads, keep=True)
            stage(Given(messages), sink)
            messages = sink.kept

    def costs(self) -> list[Cost]:
        """Every stage alone, once."""
        found = []
        for name, stage in self._stages():
            given, sink = Given(self._given[name]), Sink(self._tools.threads, keep=False)
            wall, core = time.perf_counter(), time.process_time()
            stage(given, sink)
            found.append(Cost(name, time.perf_counter() - wall, time.process_time() - core))
        return found

    def _stages(self) -> Iterator[tuple[str, Run]]:
        yield "decode", self._decode
        yield "detect", self._detect
        yield "swap", self._swap
        yield "encode", self._encode

    def _decode(self, _given: Channel[Any], out: Channel[Any]) -> None:
        workload = self._workload
        with (
            workload.path.open("rb") as file,
            VideoReader(file, workload.info, workload.index, threads=self._tools.threads) as reader,
        ):
            Reading(
                reader,
                workload.info.frames,
                Context(self._smoothing, self._ahead),
                begin=SpanWork,
                in_flight=InFlight(2),
                thumbnail=self._view.thumbnail,
                stopping=self._tools.stopping,
                out=out,
            ).run(workload.spans())

    def _detect(self, given: Channel[Any], out: Channel[Any]) -> None:
        Detecting(self._tools.detector, self._tools.detecting, out).run(given)

    def _swap(self, given: Channel[Any], out: Channel[Any]) -> None:
        Swapping(
            self._tools.painter,
            self._view,
            partial(Picture.of_frame, colour=self._workload.info.colour),
            FaceSelection(),
            smoothing=self._smoothing,
            ahead=self._ahead,
            lanes=self._tools.swapping,
            out=out,
        ).run(given)

    def _encode(self, given: Channel[Any], out: Channel[Any]) -> None:
        Encoding(
            partial(ChunkEncoder, self._workload.encoding, self._workload.info),
            self._tools.scratch,
            lambda start, end: Fraction(end - start, 25),
            keep_concealed=False,
            batch=self._tools.batch,
            meter=self._tools.meter,
            progress=self._tools.progress,
            out=out,
        ).run(given)
