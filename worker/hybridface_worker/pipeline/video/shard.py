"""Puts the stages of one unit together, and takes them through a shard's spans of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

import cv2

from hybridface_worker.contract.media import VideoInfo
from hybridface_worker.contract.plan import Plan, Unit
from hybridface_worker.faces.detector import Detector
from hybridface_worker.media.decode import VideoReader
from hybridface_worker.media.encode import ChunkEncoder, lookahead_frames
from hybridface_worker.media.index import FrameIndex
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View
from hybridface_worker.pipeline.channel import Channel, Crew, InFlight
from hybridface_worker.pipeline.commit import Ledger
from hybridface_worker.pipeline.painter import Painter
from hybridface_worker.pipeline.schedule import Span, flight_limit

from .detecting import Detecting
from .encoding import Committing, Encoded, Encoding
from .messages import Frame, LookAhead, RunEnd, SpanEnd, SpanWork, Swapped
from .reading import Context, Reading
from .swapping import Swapping

QUEUED_FRAMES = 8


@dataclass(frozen=True)
class Tools:
    """What the stages use, loaded once for the whole shard."""

    detector: Callable[[int], Detector]
    """The detector whose inferences take so many threads, loaded once it is asked for."""
    painter: Painter
    ledger: Ledger
    scratch: Path
    batch: int
    threads: int
    progress: Callable[[int], None]
    stopping: threading.Event


def work_video(
    plan: Plan, unit: Unit, spans: list[Span], file: BinaryIO, info: VideoInfo, index: FrameIndex, tools: Tools
) -> None:
    """Works spans of one video: each of their chunks is committed, done or failed, or skipped.

    Raises:
        InputRefused: the video as a whole cannot be read (any more).
        WorkerError: this worker cannot go on; what was committed stays.
    """
    cv2.setNumThreads(1)  # for all of the process: the stages keep its cores busy, and OpenCV's threads only compete
    encoding = unit.video
    if encoding is None:
        raise ValueError(f"{unit.target}/{unit.unit} is no video")
    smoothing, ahead = plan.blend.smoothing, lookahead_frames(encoding)
    waits_for = max(smoothing, ahead) + tools.threads
    in_flight = InFlight(flight_limit(spans, waits_for))
    read: Channel[Frame | RunEnd] = Channel(QUEUED_FRAMES)
    detected: Channel[Frame | RunEnd] = Channel(QUEUED_FRAMES)
    swapped: Channel[Swapped | LookAhead | SpanEnd] = Channel(QUEUED_FRAMES)
    encoded: Channel[Encoded] = Channel(1)
    view = View.of_video(info)
    reader = VideoReader(file, info, index, threads=tools.threads)
    reading = Reading(
        reader,
        unit.length,
        Context(smoothing, ahead),
        begin=partial(begin, tools.ledger),
        in_flight=in_flight,
        thumbnail=view.thumbnail,
        stopping=tools.stopping,
        out=read,
    )
    detecting = Detecting(tools.detector(1), tools.threads, detected)
    swapping = Swapping(
        tools.painter,
        view,
        partial(Picture.of_frame, colour=info.colour),
        plan.faces,
        smoothing=smoothing,
        ahead=ahead,
        batch=tools.batch,
        out=swapped,
    )
    encoder = Encoding(
        partial(ChunkEncoder, encoding, info),
        tools.scratch,
        keep_concealed=plan.on_decode_error == "keepOriginal",
        batch=tools.batch,
        progress=tools.progress,
        out=encoded,
    )
    crew = Crew(read, detected, swapped, encoded, in_flight)
    crew.start("read", partial(reading.run, spans))
    crew.start("detect", partial(detecting.run, read))
    crew.start("swap", partial(swapping.run, detected))
    crew.start("encode", partial(encoder.run, swapped))
    crew.start("commit", partial(Committing(tools.ledger, in_flight).run, encoded))
    with reader:
        crew.join()


def begin(ledger: Ledger, span: Span) -> SpanWork | None:
    """Marks a try of each of the span's chunks; what remains of the span is worked, None where nothing does."""
    chunks = tuple(chunk for chunk in span.chunks if ledger.begin(chunk))
    return SpanWork(replace(span, chunks=chunks)) if chunks else None
