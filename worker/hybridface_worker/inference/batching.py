"""Batches of any size for models with a fixed batch size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from .session import Session
from .shapes import padded

Array = npt.NDArray[Any]


def run_batch(session: Session, batch: Mapping[str, Array], shared: Mapping[str, Array] | None = None) -> list[Array]:
    """Runs arrays whose first axis counts the items, N >= 1: at once where the batch size is dynamic, else in pieces.

    A last piece that is too short is padded with its last item; the additional results are dropped.

    Args:
        session: the model.
        batch: inputs by name, [N, ...]; they are converted to the declared types.
        shared: inputs that are the same for every item.

    Returns:
        The outputs, in order, [N, ...] or, where a model has several rows for each item, [N * rows, ...]; float16 is
        converted to float32.
    """
    declared = {tensor.name: tensor for tensor in session.inputs}
    feeds = {name: array.astype(declared[name].dtype, copy=False) for name, array in batch.items()}
    count = len(next(iter(feeds.values())))
    size = next((fixed for name in feeds if (fixed := declared[name].shape[0]) is not None), count)
    pieces = [
        _run_piece(session, {name: array[start : start + size] for name, array in feeds.items()}, size, shared or {})
        for start in range(0, count, size)
    ]
    outputs = pieces[0] if len(pieces) == 1 else [np.concatenate(parts) for parts in zip(*pieces, strict=True)]
    return [_whole(output) for output in outputs]


def _run_piece(session: Session, piece: Mapping[str, Array], size: int, shared: Mapping[str, Array]) -> list[Array]:
    count = len(next(iter(piece.values())))
    outputs = session.run({**padded(piece, piece, size), **shared})
    return [output[: len(output) * count // size] for output in outputs]


def _whole(array: Array) -> Array:
    return array.astype(np.float32) if array.dtype == np.float16 else array
