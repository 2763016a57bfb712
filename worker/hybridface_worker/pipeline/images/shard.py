"""Puts the stages together, and takes them through a shard's spans of images, of whatever targets."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from hybridface_worker.contract.spec import FaceSelection
from hybridface_worker.pipeline.channel import Channel, Crew, InFlight
from hybridface_worker.pipeline.committing import Committing, Encoded
from hybridface_worker.pipeline.jobs import Job, done
from hybridface_worker.pipeline.schedule import Span, flight_limit
from hybridface_worker.pipeline.span_work import begin
from hybridface_worker.pipeline.tools import Tools

from .beginning import Beginning
from .messages import Original, Painted, SpanEnd
from .packing import Packing
from .painting import Painting, Read

PIXELS_PER_THREAD = 16 * 2**20
"""Room for an image of so many on each thread, and for one more that is read meanwhile; a larger one takes as much room
as it needs, and where there is not so much of it is worked by itself."""
READ_AHEAD = 4
"""Images that are fetched while others are worked, at most."""


def work_images(
    spans: list[Span],
    original: Callable[[str, int], Original],
    read: Read,
    selection: FaceSelection,
    tools: Tools,
) -> None:
    """Works spans of images: each of their chunks is committed, or skipped.

    Args:
        spans: in the order in which they are to be worked.
        original: the image at a position of a target.
        read: all bytes of an item; what it refuses is left out of its chunk.
        selection: which faces are swapped.
        tools: models and what is beside them.

    Raises:
        WorkerError: this worker cannot go on; what was committed stays.
    """
    lanes = tools.threads + READ_AHEAD
    in_flight = InFlight(flight_limit(spans, lanes))
    room = InFlight((tools.threads + 1) * PIXELS_PER_THREAD)
    painted: Channel[Job[Painted | SpanEnd]] = Channel(lanes)
    packed: Channel[Encoded] = Channel(1)
    beginning = Beginning(
        original,
        begin=partial(begin, tools.ledger),
        painted=Painting(selection, read, tools).painted,
        in_flight=in_flight,
        room=room,
        stopping=tools.stopping,
        out=painted,
        lanes=lanes,
    )
    packing = Packing(
        tools.scratch,
        room=room,
        batch=tools.batch,
        meter=tools.meter,
        progress=tools.progress,
        out=packed,
    )
    crew = Crew(painted, packed, in_flight, room)
    crew.start("begin", partial(beginning.run, spans))
    crew.start("pack", partial(packing.run, done(painted)))
    crew.start("commit", partial(Committing(tools.ledger, in_flight).run, packed))
    crew.join()
