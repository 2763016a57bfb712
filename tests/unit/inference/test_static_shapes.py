"""Batches in few sizes, and runs whose inputs and outputs stay in place: the same results as plain runs."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime
import pytest

from hybridface_worker.inference.bound import MOST_SHAPES, BoundRun
from hybridface_worker.inference.session import Session, SessionOptions, open_session
from hybridface_worker.inference.shapes import padded, padded_size
from support.convolution import SIDE, convolution, feeds


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


def test_recorded_runs_are_all_on_one_thread_whoever_asks():
    """A graph is of the thread that recorded it, and while it does no other may use the GPU."""
    threads = set()

    class Told:
        def __init__(self):
            self._session = onnxruntime.InferenceSession(convolution(), providers=["CPUExecutionProvider"])

        def __getattr__(self, name):
            threads.add(threading.get_ident())
            return getattr(self._session, name)

    runs = [BoundRun(Told(), "cpu", recorded=True) for _ in range(2)]
    threads.clear()  # of those that opened them
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda count: runs[count % 2](feeds(1 + count % 3))[0], range(12)))
    assert len(threads) == 1
    assert threading.get_ident() not in threads
    expected = [onnxruntime.InferenceSession(convolution()).run(None, feeds(count))[0] for count in (1, 2, 3)]
    assert all(np.array_equal(each, expected[count % 3]) for count, each in enumerate(made))


def test_graphs_are_not_let_go_so_that_what_comes_late_runs_plainly():
    session = onnxruntime.InferenceSession(convolution(), providers=["CPUExecutionProvider"])
    bound = BoundRun(session, "cpu", recorded=True)
    for count in range(1, MOST_SHAPES + 3):
        assert np.array_equal(bound(feeds(count))[0], session.run(None, feeds(count))[0])
    assert [*bound._places] == [((count, 3, SIDE, SIDE),) for count in range(1, MOST_SHAPES + 1)]


def test_where_a_run_fails_nothing_is_held_on_the_device():
    bound = BoundRun(onnxruntime.InferenceSession(convolution(), providers=["CPUExecutionProvider"]), "cpu")
    bound(feeds(2))
    with pytest.raises(Exception, match="rank"):
        bound({"crops": np.zeros((1, 3, SIDE), np.float32)})
    assert not bound._places
    assert bound(feeds(2))[0].shape == (2, 3, SIDE, SIDE)
