"""Larger crops through a swapper of fixed size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hybridface_worker.contract.errors import TaskError
from hybridface_worker.swappers.boosted import boosted, joined, tiles
from hybridface_worker.swappers.identity import Identity
from hybridface_worker.swappers.marker import Marker
from hybridface_worker.swappers.protocol import Source
from support.faces import portrait


class Spy:
    """Takes down what it is given, and turns each crop by its source's grey."""

    size = 16
    needs_embedding = True

    def __init__(self):
        self.batches = []

    def swap(self, crops, sources):
        self.batches.append((crops, list(sources)))
        shifts = np.array([source.crop[0, 0, 0] for source in sources], np.uint8)
        return crops + shifts[:, None, None, None]


def source(grey):
    return Source(np.full((16, 16, 3), grey, np.uint8))


@given(
    crops=arrays(np.uint8, st.tuples(st.integers(0, 3), st.just(12), st.just(12), st.just(3))),
    factor=st.sampled_from([1, 2, 3, 4, 6]),
)
def test_taken_apart_and_put_together_it_is_the_same(crops, factor):
    assert np.array_equal(joined(tiles(crops, factor), factor), crops)


@pytest.mark.parametrize("factor", [2, 4, 8])
def test_every_tile_shows_the_whole_crop(factor):
    crop = np.ascontiguousarray(portrait()[:256, 128:384])
    dealt = tiles(crop[None], factor)
    assert dealt.shape == (factor**2, 256 // factor, 256 // factor, 3)
    for number, tile in enumerate(dealt):
        assert np.array_equal(tile, crop[number // factor :: factor, number % factor :: factor])


def test_all_tiles_of_all_crops_are_one_batch_each_with_its_crops_source():
    spy, one, two = Spy(), source(1), source(2)
    crops = np.random.default_rng(1).integers(0, 200, (2, 64, 64, 3), dtype=np.uint8)
    swapper = boosted(spy, 64)
    assert (swapper.size, swapper.needs_embedding) == (64, True)
    after = swapper.swap(crops, [one, two])
    ((given_crops, sources),) = spy.batches
    assert given_crops.shape == (32, 16, 16, 3)
    assert sources == [one] * 16 + [two] * 16
    assert np.array_equal(after, crops + np.array([1, 2], np.uint8)[:, None, None, None])


def test_identity_is_the_same_at_every_size():
    crops = np.random.default_rng(2).integers(0, 256, (2, 512, 512, 3), dtype=np.uint8)
    assert np.array_equal(boosted(Identity(), 512).swap(crops, [source(0)] * 2), crops)


def test_the_markers_squares_grow_with_the_crop():
    crop = np.full((1, 512, 512, 3), 10, np.uint8)
    marked = boosted(Marker(), 512).swap(crop, [source(0)])[0, :, :, 0]
    small = Marker().swap(np.full((1, 128, 128, 3), 10, np.uint8), [source(0)])[0, :, :, 0]
    assert np.array_equal(marked, small.repeat(4, axis=0).repeat(4, axis=1))


def test_a_swapper_whose_crops_are_as_large_already_is_left_as_it_is():
    marker = Marker()
    assert boosted(marker, 128) is marker


def test_a_size_that_cannot_be_made_of_tiles_is_refused():
    with pytest.raises(TaskError, match=r"pixelBoost 72: the swapper takes crops of 16"):
        boosted(Spy(), 72)
