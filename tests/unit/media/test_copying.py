from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from hybridface_worker.contract.media import Colour
from hybridface_worker.media.copying import Copier, copy_picture
from hybridface_worker.picture.picture import Picture
from support.analytic import FORMATS, painted

COLOUR = Colour()


def _frame(name, width=37, height=23):
    frame = av.VideoFrame(width, height, name)
    shown = painted(name, width, height, COLOUR)
    for component, samples in zip(Picture.of_frame(frame, COLOUR).components, shown.components, strict=True):
        component[...] = samples
    frame.pts, frame.time_base = 4711, Fraction(1, 600)
    frame.color_range, frame.colorspace, frame.color_primaries, frame.color_trc = 1, 9, 9, 16
    return frame


def _with_copier(frame):
    return Copier(frame).copy(frame)


def _with_function(frame):
    return copy_picture(frame, 4711)


def _samples(frame):
    return [component.copy() for component in Picture.of_frame(frame, COLOUR).components]


@pytest.mark.parametrize("copied", [_with_copier, _with_function])
@pytest.mark.parametrize("name", FORMATS)
def test_a_copy_is_equal_and_of_its_own(name, copied):
    frame = _frame(name)
    before = _samples(frame)
    copy = copied(frame)
    assert all(np.array_equal(a, b) for a, b in zip(_samples(copy), before, strict=True))
    for component in Picture.of_frame(copy, COLOUR).components:
        component[...] ^= 1
    assert all(np.array_equal(a, b) for a, b in zip(_samples(frame), before, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(_samples(copy), before, strict=True))


@pytest.mark.parametrize("copied", [_with_copier, _with_function])
def test_time_and_colour_description_go_along(copied):
    frame = _frame("yuv420p10le")
    copy = copied(frame)
    assert (copy.pts, copy.time_base) == (4711, Fraction(1, 600))
    for name in ("color_range", "colorspace", "color_primaries", "color_trc"):
        assert getattr(copy, name) == getattr(frame, name)


def test_one_copier_copies_many_whose_copies_do_not_share_memory():
    frames = [_frame("yuv420p") for _ in range(4)]
    for number, frame in enumerate(frames):
        Picture.of_frame(frame, COLOUR).components[0][...] = number
    copier = Copier(frames[0])
    copies = [copier.copy(frame) for frame in frames]
    assert [_samples(copy)[0][0, 0] for copy in copies] == [0, 1, 2, 3]
