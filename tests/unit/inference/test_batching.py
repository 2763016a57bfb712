"""Any number of items through a file that asks for a certain one."""

from __future__ import annotations

import numpy as np
import pytest

from hybridface_worker.inference.batching import run_batch
from hybridface_worker.inference.session import Session, Tensor


class Recorded(Session):
    """A session that triples each item and counts; `rows` outputs for each where its outputs have no axis of items."""

    def __init__(self, batch: int | None, dtype: str = "float32", rows: int = 1) -> None:
        self.inputs = (Tensor("x", dtype, (batch, 2)), Tensor("weight", "float64", (1,)))
        self.outputs = ()
        self.calls: list[np.ndarray] = []
        self._rows = rows

    def run(self, feeds):
        self.calls.append(feeds["x"])
        assert feeds["weight"].tolist() == [0.5]
        return [feeds["x"] * 3, np.repeat(feeds["x"].sum(axis=1, keepdims=True), self._rows, axis=0)]


def through(session: Recorded, count: int):
    items = np.arange(2 * count, dtype=np.float32).reshape(count, 2)
    return items, run_batch(session, {"x": items}, {"weight": np.array([0.5])})


@pytest.mark.parametrize(
    ("batch", "count", "calls"),
    [(None, 1, [1]), (None, 9, [9]), (1, 3, [1, 1, 1]), (4, 4, [4]), (4, 9, [4, 4, 4]), (4, 3, [4])],
)
def test_it_is_called_with_as_many_as_it_takes(batch, count, calls):
    session = Recorded(batch)
    items, (tripled, sums) = through(session, count)
    assert [len(call) for call in session.calls] == calls
    assert np.array_equal(tripled, items * 3)
    assert np.array_equal(sums, items.sum(axis=1, keepdims=True))


@pytest.mark.parametrize(("batch", "count"), [(None, 5), (1, 5), (4, 5)])
def test_several_rows_for_each_item_stay_together(batch, count):
    items, (_, rows) = through(Recorded(batch, rows=3), count)
    assert np.array_equal(rows[:, 0], np.repeat(items.sum(axis=1), 3))


def test_what_fills_a_piece_up_is_an_item_of_it():
    session = Recorded(4)
    items, _ = through(session, 5)
    assert np.array_equal(session.calls[1], np.repeat(items[4:], 4, axis=0))


def test_halves_go_in_and_whole_floats_come_out():
    session = Recorded(None, "float16")
    _, (tripled, _) = through(session, 2)
    assert session.calls[0].dtype == np.float16
    assert tripled.dtype == np.float32
