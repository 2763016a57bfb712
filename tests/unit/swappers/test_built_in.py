from __future__ import annotations

import numpy as np
import pytest

from hybridface_worker.contract.catalogue import BUILT_IN
from hybridface_worker.contract.errors import LacksPlanError
from hybridface_worker.contract.spec import ModelRef
from hybridface_worker.inference.session import SessionOptions
from hybridface_worker.swappers.load import load_swapper
from hybridface_worker.swappers.protocol import Source
from support.faces import portrait

SWAPPERS = [name for name, model in BUILT_IN.items() if model.kind == "swapper"]


def _crops(size, count=3):
    return np.stack([portrait()[40 + 9 * i : 40 + 9 * i + size, 100 : 100 + size] for i in range(count)])


def _source(size):
    return Source(portrait()[60 : 60 + size, 90 : 90 + size].copy())


@pytest.mark.parametrize("name", SWAPPERS)
def test_every_built_in_swapper_keeps_the_protocol(name):
    swapper = load_swapper(BUILT_IN[name], None, SessionOptions())
    crops, source = _crops(swapper.size), _source(swapper.size)
    given = crops.copy()
    swapped = swapper.swap(crops, [source] * 3)
    assert swapped.shape == crops.shape
    assert swapped.dtype == np.uint8
    assert np.array_equal(crops, given)
    assert not swapper.needs_embedding


@pytest.mark.parametrize("name", SWAPPERS)
def test_a_crops_result_does_not_depend_on_its_batch(name):
    swapper = load_swapper(BUILT_IN[name], None, SessionOptions())
    crops, source = _crops(swapper.size), _source(swapper.size)
    together = swapper.swap(crops, [source] * 3)
    for i in (2, 0, 1):
        assert np.array_equal(
            load_swapper(BUILT_IN[name], None, SessionOptions()).swap(crops[i : i + 1], [source])[0], together[i]
        )


def test_identity_gives_the_crops_back():
    assert np.array_equal(
        load_swapper(BUILT_IN["identity"], None, SessionOptions()).swap(_crops(128), [_source(128)] * 3), _crops(128)
    )


def test_the_marker_stands_out_on_anything_and_keeps_what_lies_between():
    for level in (0, 90, 128, 255):
        crops = np.full((1, 128, 128, 3), level, np.uint8)
        marked = load_swapper(BUILT_IN["marker"], None, SessionOptions()).swap(crops, [_source(128)]).astype(int)
        change = np.abs(marked - crops)
        assert np.isin(change, (0, 128)).all()
        assert (change == 128).mean() == 0.5


@pytest.mark.parametrize(("name", "format"), [("inswapper_128", "inswapper"), ("blend", "inswapper"), ("x", "builtin")])
def test_a_swapper_that_cannot_be_run_here_is_refused_by_name(name, format):
    model = ModelRef(name=name, kind="swapper", format=format, uri="s3://m/x.onnx", sha256="0" * 64, licence="x")
    with pytest.raises(LacksPlanError, match=rf"swapper {name} \(format {format}\)"):
        load_swapper(model, None, SessionOptions())
