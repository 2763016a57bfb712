"""The stage that reads: which spans it begins, and what it reads beside them."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import av
import numpy as np

from hybridface_worker.contract.plan import ChunkRef
from hybridface_worker.media.decode import DecodedFrame
from hybridface_worker.pipeline.channel import Channel, InFlight
from hybridface_worker.pipeline.schedule import Span
from hybridface_worker.pipeline.span_work import SpanWork
from hybridface_worker.pipeline.video.messages import Frame, RunEnd
from hybridface_worker.pipeline.video.reading import Context, Reading

FRAMES, SPAN = 12, 4
PIXELS = av.VideoFrame(16, 16)
THUMBNAIL = np.zeros((16, 16, 3), np.uint8)


class Reader:
    """Has every frame."""

    def read(self, start: int, end: int, *, conceal: bool) -> Iterator[DecodedFrame]:
        assert conceal
        for number in range(start, end):
            yield DecodedFrame(number, PIXELS)


def span(start: int) -> Span:
    chunk = ChunkRef(source="a", target="t", unit="v000000", start=start, end=start + SPAN)
    return Span("t", "v000000", start, start + SPAN, (chunk,))


def test_a_span_that_was_waited_with_is_not_begun_once_the_worker_is_to_stop():
    begun: list[int] = []
    waiting, stopping, out = threading.Event(), threading.Event(), Channel[Frame | RunEnd](100)

    def begin(each: Span) -> SpanWork:
        begun.append(each.start)
        return SpanWork(each)

    class OneByOne(InFlight):
        def enter(self, weight: int = 1, *, alone: bool = False) -> None:
            if begun:
                waiting.set()
            super().enter(weight, alone=alone)

    in_flight = OneByOne(1)
    reading = Reading(
        Reader(),  # type: ignore[arg-type]  # a stand-in
        FRAMES,
        Context(detected=2, ahead=3),
        begin=begin,
        in_flight=in_flight,
        thumbnail=lambda _frame: (THUMBNAIL, 1.0),
        stopping=stopping,
        out=out,
    )
    thread = threading.Thread(target=reading.run, args=([span(0), span(4), span(8)],))
    thread.start()
    assert waiting.wait(30)
    stopping.set()
    in_flight.leave()  # the first is committed
    thread.join(30)

    assert begun == [0]
    *frames, end = out
    assert [frame.number for frame in frames if isinstance(frame, Frame)] == [0, 1, 2, 3, 4, 5, 6]
    assert isinstance(end, RunEnd)
