"""A batch of any size through a model whose file asks for a certain one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from .session import Session

Array = npt.NDArray[Any]


def run_batch(session: Session, batch: Mapping[str, Array], shared: Mapping[str, Array] | None = None) -> list[Array]:
    """Runs arrays whose first axis counts the items, N >= 1: at once where the file leaves N open, else in its pieces.

    A last piece that is too short is filled up with its last item, whose other results are dropped.

    Args:
        session: the model.
        batch: inputs by name, [N, ...]; they are given the types that the model declares.
        shared: inputs that are the same for every item.

    Returns:
        The outputs, in order, [N, ...] or, where a model has several rows for each item, [N * rows, ...]; halves become
        whole floats.
    """
    declared = {tensor.name: tensor for tensor in session.inputs}
    feeds = {name: array.astype(declared[name].dtype, copy=False) for name, array in batch.items()}
    count = len(next(iter(feeds.values())))
    fixed = next((size for name in feeds if (size := declared[name].shape[0]) is not None), None)
    pieces = [
        _run_piece(
            session, {name: array[start : start + (fixed or count)] for name, array in feeds.items()}, fixed, shared
        )
        for start in range(0, count, fixed or count)
    ]
    outputs = pieces[0] if len(pieces) == 1 else [np.concatenate(parts) for parts in zip(*pieces, strict=True)]
    return [_whole(output) for output in outputs]


def _run_piece(
    session: Session, piece: Mapping[str, Array], fixed: int | None, shared: Mapping[str, Array] | None
) -> list[Array]:
    count = len(next(iter(piece.values())))
    missing = (fixed or count) - count
    if missing:
        piece = {name: np.concatenate([array, np.repeat(array[-1:], missing, axis=0)]) for name, array in piece.items()}
    outputs = session.run({**piece, **(shared or {})})
    return [output[: len(output) * count // (count + missing)] for output in outputs] if missing else outputs


def _whole(array: Array) -> Array:
    return array.astype(np.float32) if array.dtype == np.float16 else array
