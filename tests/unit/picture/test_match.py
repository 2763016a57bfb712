"""Colours of a swapped crop: those of the crop that it replaces, from that crop alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridface_worker.picture.mask import box_mask
from hybridface_worker.picture.match import match
from support.faces import portrait

SIZE = 128
MASK = box_mask(SIZE)
FACE = np.ascontiguousarray(portrait()[50 : 50 + SIZE, 160 : 160 + SIZE])


def mean(crop: np.ndarray) -> np.ndarray:
    """Under the mask, [3]."""
    return np.asarray((crop * MASK[..., None]).sum(axis=(0, 1)) / MASK.sum())


def cast(crop: np.ndarray, *gains: float) -> np.ndarray:
    return np.asarray(np.clip(crop * np.array(gains), 0, 255), np.uint8)


def test_a_cast_of_colour_goes():
    reddish = cast(FACE, 1.2, 0.85, 0.8)
    matched = match(FACE, reddish, MASK)
    assert np.abs(mean(reddish) - mean(FACE)).max() > 15
    assert np.abs(mean(matched) - mean(FACE)).max() < 4


def test_what_has_the_colours_already_stays_as_it_is_but_for_rounding():
    assert np.abs(match(FACE, FACE, MASK).astype(int) - FACE).max() <= 1


@given(light=st.floats(0.7, 1.0), step=st.floats(-0.004, 0.004))
def test_a_little_more_light_changes_it_as_little(light, step):
    """What decides by thresholds or by single samples would flicker."""
    other = cast(FACE[:, ::-1], 0.9, 1.0, 0.8)
    one = match(cast(FACE, *[light] * 3), other, MASK)
    next_one = match(cast(FACE, *[light + step] * 3), other, MASK)
    assert np.abs(one.astype(int) - next_one).max() <= 6


def test_contrast_is_stretched_within_bounds():
    flat = (FACE * 0.2 + 100).astype(np.uint8)
    spread = match(FACE, flat, MASK)[..., 1].std() / flat[..., 1].std()
    assert 1.1 < spread < 1.6


def test_under_an_empty_mask_nothing_is_known_and_nothing_changes():
    dark = cast(FACE, 0.5, 0.5, 0.5)
    assert match(FACE, dark, np.zeros_like(MASK)) is dark


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_plain_crop_takes_the_mean_and_stays_plain(value):
    matched = match(FACE, np.full_like(FACE, value), MASK)
    assert np.ptp(matched.reshape(-1, 3), axis=0).max() == 0
    assert np.abs(mean(matched) - mean(FACE)).max() < 25
