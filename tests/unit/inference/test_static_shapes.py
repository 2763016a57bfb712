"""Batches in few sizes, and runs whose inputs and outputs stay in place: the same results as plain runs."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from hybridface_worker.inference.bound import MOST_SHAPES, BoundRun
from hybridface_worker.inference.session import Session, SessionOptions, open_session
from hybridface_worker.inference.shapes import padded, padded_size
from support.convolution import convolution, feeds


@pytest.mark.parametrize(
    ("count", "most", "size"), [(8, 8, 8), (5, 8, 8), (4, 8, 4), (3, 8, 4), (1, 8, 1), (3, 6, 3), (9, 8, 9), (1, 1, 1)]
)
def test_a_batch_grows_to_the_next_of_few_sizes(count, most, size):
    assert padded_size(count, most) == size


def test_what_is_added_repeats_the_last_picture_and_leaves_other_inputs_alone():
    given = {"pictures": np.arange(3)[:, None], "weight": np.array(0.5)}
    made = padded(given, ["pictures"], 4)
    assert made["pictures"].tolist() == [[0], [1], [2], [2]]
    assert made["weight"] is given["weight"]


def test_a_session_with_static_shapes_gives_what_it_was_asked_for_and_no_more(monkeypatch):
    plain = open_session(convolution(), options=SessionOptions())
    sizes = []

    class Counting(Session):
        def _run(self, feeds):
            sizes.append(len(feeds["crops"]))
            return super()._run(feeds)

    monkeypatch.setattr(SessionOptions, "static_shapes", property(lambda _self: True))
    raw = onnxruntime.InferenceSession(convolution(), providers=["CPUExecutionProvider"])
    static = Counting(raw, SessionOptions(batch=8))
    for count in (1, 3, 8, 5):
        assert np.array_equal(static.run(feeds(count))[0], plain.run(feeds(count))[0])
    assert sizes == [1, 4, 8, 8]


def test_a_bound_run_equals_a_plain_one_and_its_results_are_the_callers():
    session = onnxruntime.InferenceSession(convolution(), providers=["CPUExecutionProvider"])
    bound = BoundRun(session, "cpu")
    kept: list[tuple[np.ndarray, np.ndarray]] = []
    for count in (2, 2, 5, 2, 5):
        given = feeds(count)
        given["crops"] = given["crops"] * (1 + len(kept))
        kept.append((session.run(None, given)[0], bound(given)[0]))
    for plain, mine in kept:  # all at the end: a later run must not write over what an earlier one gave
        assert np.array_equal(plain, mine)


def test_places_on_the_device_are_bounded():
    bound = BoundRun(onnxruntime.InferenceSession(convolution(), providers=["CPUExecutionProvider"]), "cpu")
    for count in range(1, MOST_SHAPES + 4):
        bound(feeds(count))
        bound(feeds(count))
    assert len(bound._places) == MOST_SHAPES
