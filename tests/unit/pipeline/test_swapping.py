"""The stage that swaps: every encoder gets its frames in order, then those it looks at, whatever runs side by side."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial

import av
import numpy as np
import pytest

from hybridface_worker.contract.media import Colour
from hybridface_worker.contract.plan import ChunkRef
from hybridface_worker.contract.spec import Blend, FaceSelection
from hybridface_worker.inference.device import Lanes
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View
from hybridface_worker.pipeline.channel import Channel, Crew
from hybridface_worker.pipeline.jobs import Job, done
from hybridface_worker.pipeline.painter import Painter
from hybridface_worker.pipeline.schedule import Span
from hybridface_worker.pipeline.span_work import SpanWork
from hybridface_worker.pipeline.video.messages import Frame, LookAhead, RunEnd, SpanEnd, Swapped
from hybridface_worker.pipeline.video.swapping import Message, Swapping
from hybridface_worker.swappers.marker import Marker
from hybridface_worker.swappers.protocol import Source
from support.faces import face

WIDTH, HEIGHT = 320, 240
SMOOTHING, AHEAD = 2, 3
SOURCES = ("a", "b")


def span(start: int, end: int) -> SpanWork:
    chunks = tuple(ChunkRef(source=source, target="clip", unit="v000000", start=start, end=end) for source in SOURCES)
    return SpanWork(Span("clip", "v000000", start, end, chunks))


def frame(number: int, work: SpanWork | None) -> Frame:
    """The first 14 show a face."""
    pixels = av.VideoFrame.from_ndarray(np.full((HEIGHT * 3 // 2, WIDTH), 40 + number, np.uint8), "yuv420p")
    pixels.pts, pixels.time_base = number, Fraction(1, 25)
    faces = [] if number >= 14 else [face(150 + number, 120, 60)]
    return Frame(number, pixels, work, concealed=False, thumbnail=None, scale=1.0, faces=faces)


def stage(lanes: Lanes, out: Channel[Job[Message]]) -> Swapping:
    sources = {source: Source(np.full((128, 128, 3), 90, np.uint8)) for source in SOURCES}
    return Swapping(
        Painter(Marker(), sources, Blend()),
        View(WIDTH, HEIGHT),
        partial(Picture.of_frame, colour=Colour()),
        FaceSelection(),
        smoothing=SMOOTHING,
        ahead=AHEAD,
        lanes=lanes,
        out=out,
    )


def told(message: Message) -> tuple[object, ...]:
    """What an encoder would tell them apart by."""
    if isinstance(message, Swapped):
        return "swapped", message.number, message.faces, message.pixels.to_ndarray().tobytes()
    return ("ahead", message.pixels.to_ndarray().tobytes()) if isinstance(message, LookAhead) else ("end",)


def worked(lanes: Lanes) -> dict[tuple[int, str], list[tuple[object, ...]]]:
    """What each encoder is given, by the span's start and its source: two spans of 10, and what is behind them."""
    works, out = (span(0, 10), span(10, 20)), Channel[Job[Message]](2)
    frames = [frame(number, works[number // 10] if number < 20 else None) for number in range(22)]
    crew = Crew(out)
    crew.start("swap", partial(stage(lanes, out).run, [*frames, RunEnd()]))
    given: dict[tuple[int, str], list[tuple[object, ...]]] = {}
    crew.start("encode", partial(_take, done(out), given))
    crew.join()
    return given


def _take(messages: Iterator[Message], given: dict[tuple[int, str], list[tuple[object, ...]]]) -> None:
    for message in messages:
        for source in [message.source] if isinstance(message, Swapped) else SOURCES:
            given.setdefault((message.work.span.start, source), []).append(told(message))


@pytest.mark.parametrize("lanes", [Lanes(2, 4, 1), Lanes(3, 1, 1), Lanes(2, 8, 1)], ids=str)
def test_lanes_and_batches_change_nothing_that_an_encoder_is_given(lanes):
    assert worked(lanes) == worked(Lanes(1, 1, 1))


def test_each_encoder_has_its_frames_in_order_then_those_ahead_then_the_end():
    for (start, _), messages in worked(Lanes(2, 4, 1)).items():
        ahead = min(AHEAD, 22 - start - 10)
        kinds = [message[0] for message in messages]
        assert kinds == ["swapped"] * 10 + ["ahead"] * ahead + ["end"]
        assert [message[1] for message in messages[:10]] == list(range(start, start + 10))
        assert [message[2] for message in messages[:10]] == [number < 14 for number in range(start, start + 10)]


def test_a_span_ends_when_its_encoders_have_seen_enough_though_nothing_follows():
    work, out, arriving = span(0, 10), Channel[Job[Message]](100), Channel[Frame | RunEnd](100)
    crew = Crew(out, arriving)
    crew.start("swap", partial(stage(Lanes(2, 4, 1), out).run, arriving))
    for number in range(10 + AHEAD + SMOOTHING):
        arriving.put(frame(number, work if number < 10 else None))
    assert any(isinstance(message, SpanEnd) for message in done(out))
    arriving.finish()
    crew.join()
