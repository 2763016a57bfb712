from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from skimage import data

from hybridface_worker.faces.cuts import Glance, is_cut
from support.clip_picture import picture
from support.faces import group, portrait


def cut(before, after):
    return is_cut(Glance.of(before), Glance.of(after))


def _fitted(image):
    return cv2.resize(image, (640, 443), interpolation=cv2.INTER_AREA)


SHOTS = [group(), portrait(), data.chelsea(), data.coffee(), data.rocket()]


@pytest.mark.parametrize("before", range(len(SHOTS)))
@pytest.mark.parametrize("after", range(len(SHOTS)))
def test_another_shot_is_a_cut_and_the_same_is_none(before, after):
    assert cut(_fitted(SHOTS[before]), _fitted(SHOTS[after])) == (before != after)


@pytest.mark.parametrize("step", [4, 12, 24])
def test_a_camera_that_pans_makes_no_cut(step):
    wide = np.asarray(cv2.resize(group(), (900, 623), interpolation=cv2.INTER_AREA), np.uint8)
    views = [np.ascontiguousarray(wide[:443, x : x + 640]) for x in range(0, 241, step)]
    assert not any(cut(a, b) for a, b in pairwise(views))


def test_a_face_that_moves_makes_no_cut():
    frames = [picture(number) for number in range(40)]
    assert not any(cut(a, b) for a, b in pairwise(frames))


def test_noise_and_a_slow_fade_make_no_cut():
    still = _fitted(group())
    noise = np.random.default_rng(0).normal(0, 8, still.shape)
    assert not cut(still, np.clip(still + noise, 0, 255).astype(np.uint8))
    assert not cut(still, (still * 0.95).astype(np.uint8))


def test_another_size_is_a_cut():
    assert cut(np.zeros((10, 10, 3), np.uint8), np.zeros((10, 12, 3), np.uint8))
