"""The stage that detects faces: several frames at once, handed on in their order, none held back at a run's end."""

from __future__ import annotations

import threading

import av
import numpy as np
import pytest

from hybridface_worker.faces.types import Face
from hybridface_worker.inference.device import Lanes
from hybridface_worker.pipeline.channel import Channel
from hybridface_worker.pipeline.jobs import Job, done
from hybridface_worker.pipeline.video.detecting import Detecting
from hybridface_worker.pipeline.video.messages import Frame, RunEnd

LANES = 3


class Brightest:
    """Finds one face, whose score is the picture's first sample."""

    def detect(self, images):
        box, points = np.zeros(4, np.float32), np.zeros((5, 2), np.float32)
        return [[Face(box, points, float(image[0, 0, 0]))] for image in images]


def frame(number: int, *, detect: bool = True) -> Frame:
    thumbnail = np.full((2, 2, 3), number, np.uint8) if detect else None
    return Frame(number, av.VideoFrame(2, 2, "gray"), None, concealed=not detect, thumbnail=thumbnail, scale=1.0)


@pytest.fixture(params=[Lanes(LANES, 1, 1), Lanes(2, 4, 1)], ids=["lanes", "batches"])
def stage(request):
    """A channel into the stage and one out of it."""
    arriving: Channel[Frame | RunEnd] = Channel(100)
    out: Channel[Job[Frame | RunEnd]] = Channel(100)
    thread = threading.Thread(target=Detecting(Brightest(), request.param, out).run, args=(arriving,), daemon=True)
    thread.start()
    yield arriving, done(out)
    arriving.finish()
    thread.join()


def test_frames_come_out_in_their_order_with_their_own_faces(stage):
    arriving, out = stage
    for number in range(20):
        arriving.put(frame(number, detect=number % 5 != 0))
    arriving.finish()
    for number, found in enumerate(out):
        assert found.number == number
        assert [face.score for face in found.faces] == ([] if number % 5 == 0 else [number])


def test_at_the_end_of_a_run_nothing_is_held_back_though_nothing_follows(stage):
    arriving, out = stage
    arriving.put(frame(1))
    arriving.put(frame(2))
    arriving.put(RunEnd())
    assert [next(out).number for _ in range(2)] == [1, 2]
    assert isinstance(next(out), RunEnd)
