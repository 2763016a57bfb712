"""Ours against a loop that people write around insightface's classes: same clip, same stand-ins, same encoder.

The loop: PyAV decodes to BGR; `SCRFD.detect` at its usual 640 x 640; `INSwapper.get`; the encoder with the options that
our plan chose. ONNX Runtime and OpenCV are left as they are there, with all cores. It smooths nothing, matches no
colours and reports nothing, so ours does more.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import SimpleNamespace

import av
import cv2
import numpy as np

from hybridface_worker.media.encode import ChunkEncoder
from support import insightface_classes

from .clips import film
from .figures import Figure, Goal
from .outside import Counted, Summed, outside_milliseconds
from .setups import MIN_SCORE, Setup, SwapperName, embedding, inswapper_file, scrfd_file
from .workload import Workload, timed

CASES: tuple[tuple[SwapperName, int, int], ...] = (("tiny", 100, 2), ("middling", 60, 2), ("full", 8, 1))
"""Stand-in, frames, and rounds."""
GOALS = {"tiny": Goal("at least", 2), "middling": None, "full": Goal("at least", 1)}
LEAST_OUTSIDE = Goal("at least", 10)


@dataclass(frozen=True)
class Looped:
    """What the loop took, in seconds."""

    wall: float
    outside: float
    """Beyond models, decoder and encoder: from the decoder's frame to BGR, around the models, and back."""
    faces: int


def measure(*, quick: bool) -> list[Figure]:
    """Speeds with each stand-in; with the tiny one also what is spent outside the models."""
    return [figure for name, frames, rounds in CASES for figure in _measure(name, frames, 1 if quick else rounds)]


def _measure(name: SwapperName, frames: int, rounds: int) -> list[Figure]:
    setup = Setup(name, "scrfd")
    workload = Workload.of(film("1080p", 300)).first(frames)
    timed(workload.first(16), setup=setup)
    pairs = []
    for _ in range(rounds):
        cv2.setNumThreads(-1)  # the loop finds OpenCV as it comes; the pipeline gives it one thread
        theirs = _loop(workload, name)
        ours = timed(workload, setup=setup)
        if ours.faces != theirs.faces:
            raise RuntimeError(f"ours swapped {ours.faces} faces, theirs {theirs.faces}: that is no comparison")
        pairs.append((theirs, ours.wall_seconds))
    details = {
        "frames": frames,
        "faces": pairs[0][0].faces,
        "ours_frames_per_second": frames / median(own for _, own in pairs),
        "theirs_frames_per_second": frames / median(other.wall for other, _ in pairs),
    }
    speed = Figure(
        "peer",
        f"Speed with the {name} stand-in, by that of a loop of insightface's classes, 1080p",
        median(other.wall / own for other, own in pairs),
        goal=GOALS[name],
        details=details,
    )
    return [speed, _outside(workload, setup, [other for other, _ in pairs])] if name == "tiny" else [speed]


def _outside(workload: Workload, setup: Setup, loops: list[Looped]) -> Figure:
    ours = outside_milliseconds(workload, setup)
    theirs = median(loop.outside for loop in loops) / workload.info.frames * 1000
    return Figure(
        "peer",
        "Time a frame outside models, decoder and encoder: the loop's, by ours",
        theirs / ours,
        goal=LEAST_OUTSIDE,
        details={"ours_milliseconds": ours, "theirs_milliseconds": theirs},
    )


def _loop(workload: Workload, name: SwapperName) -> Looped:
    models, codecs = Summed(), Summed()
    detector, swapper = (
        insightface_classes.scrfd(scrfd_file(), MIN_SCORE),
        insightface_classes.in_swapper(inswapper_file(name)),
    )
    detector.session, swapper.session = Counted(detector.session, models), Counted(swapper.session, models)
    source = SimpleNamespace(normed_embedding=embedding())
    faces = 0
    with tempfile.TemporaryDirectory(prefix="hybridface-bench-") as folder, av.open(str(workload.path)) as clip:
        since = time.perf_counter()
        encoder = ChunkEncoder(workload.encoding, workload.info, Path(folder) / "theirs.mkv")
        clip.streams.video[0].thread_type = "AUTO"
        decoded = clip.decode(video=0)
        for number in range(workload.info.frames):
            with codecs:
                frame = next(decoded)
            bgr = frame.to_ndarray(format="bgr24")
            _, points = detector.detect(bgr, input_size=(640, 640))
            for marks in points:
                faces += 1
                bgr = insightface_classes.swapped_in(swapper, bgr, marks, source)
            made = av.VideoFrame.from_ndarray(np.ascontiguousarray(bgr, np.uint8), format="bgr24").reformat(
                format="yuv420p"
            )
            with codecs:
                encoder.encode(number, made)
        with codecs:
            encoder.finish()
        wall = time.perf_counter() - since
    return Looped(wall, wall - models.seconds - codecs.seconds, faces)
