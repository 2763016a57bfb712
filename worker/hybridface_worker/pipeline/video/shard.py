"""Builds the pipeline of one unit, and runs it over a shard's spans."""

from __future__ import annotations

from functools import partial
from typing import BinaryIO

from hybridface_worker.contract.media import VideoInfo
from hybridface_worker.contract.plan import Plan, Unit
from hybridface_worker.inference.device import Lanes
from hybridface_worker.media.decode import VideoReader
from hybridface_worker.media.encode import ChunkEncoder, lookahead_frames
from hybridface_worker.media.index import FrameIndex
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View
from hybridface_worker.pipeline.channel import Channel, Crew, InFlight
from hybridface_worker.pipeline.committing import Committing, Encoded
from hybridface_worker.pipeline.jobs import Job, done
from hybridface_worker.pipeline.schedule import Span, flight_limit, waited_for
from hybridface_worker.pipeline.span_work import begin
from hybridface_worker.pipeline.tools import Tools

from .detecting import Detecting
from .encoding import Encoding
from .messages import Frame, RunEnd
from .reading import Context, Reading
from .recognising import Recognising
from .swapping import Message, Swapping

QUEUED_FRAMES = 8


def work_video(
    plan: Plan, unit: Unit, spans: list[Span], file: BinaryIO, info: VideoInfo, index: FrameIndex, tools: Tools
) -> None:
    """Works spans of one video: each of their chunks is committed, done or failed, or skipped.

    Raises:
        InputRefused: the video as a whole cannot be read (any more).
        WorkerError: this worker cannot go on; what was committed stays.
    """
    encoding = unit.video
    if encoding is None:
        raise ValueError(f"{unit.target}/{unit.unit} is no video")
    smoothing, ahead = plan.blend.smoothing, lookahead_frames(encoding)
    waits_for = waited_for(smoothing, ahead, Detecting.held_back(tools.detecting))
    in_flight = InFlight(flight_limit(spans, waits_for))
    read: Channel[Frame | RunEnd] = Channel(QUEUED_FRAMES)
    detected: Channel[Job[Frame | RunEnd]] = Channel(_queued_jobs(tools.detecting))
    told: Channel[Frame | RunEnd] = Channel(QUEUED_FRAMES)
    swapped: Channel[Job[Message]] = Channel(_queued_jobs(tools.swapping))
    encoded: Channel[Encoded] = Channel(1)
    view, picture_of = View.of_video(info), partial(Picture.of_frame, colour=info.colour)
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
    detecting = Detecting(tools.detector, tools.detecting, detected)
    swapping = Swapping(
        tools.painter,
        view,
        picture_of,
        plan.faces,
        smoothing=smoothing,
        ahead=ahead,
        lanes=tools.swapping,
        out=swapped,
    )
    encoder = Encoding(
        partial(ChunkEncoder, encoding, info),
        tools.scratch,
        lambda start, end: index.ticks(start, end) * info.time_base,
        keep_concealed=plan.on_decode_error == "keepOriginal",
        batch=tools.batch,
        meter=tools.meter,
        progress=tools.progress,
        out=encoded,
    )
    crew = Crew(read, detected, told, swapped, encoded, in_flight)
    crew.start("read", partial(reading.run, spans))
    crew.start("detect", partial(detecting.run, read))
    if tools.people is None:
        crew.start("swap", partial(swapping.run, done(detected)))
    else:
        crew.start("recognise", partial(Recognising(tools.people, view, picture_of, told).run, done(detected)))
        crew.start("swap", partial(swapping.run, told))
    crew.start("encode", partial(encoder.run, done(swapped)))
    crew.start("commit", partial(Committing(tools.ledger, in_flight).run, encoded))
    with reader:
        crew.join()


def _queued_jobs(lanes: Lanes) -> int:
    """Enough to keep all lanes busy, holding no more frames than necessary."""
    return max(lanes.count, QUEUED_FRAMES // lanes.size)
