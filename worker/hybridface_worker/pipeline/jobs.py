"""Jobs that run side by side, and whose results are taken in the order in which the jobs were given.

What a job does is not known here.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, Self, TypeVar

from .channel import Channel

T = TypeVar("T")

Job = Future[Sequence[T]]


class Jobs(Generic[T]):
    """A stage's jobs, on so many threads. A context manager: it ends when all that were given are done."""

    def __init__(self, name: str, lanes: int, out: Channel[Job[T]]) -> None:
        """`out`: takes the jobs as they are given; so many as it has room for may be given and not taken."""
        self._pool = ThreadPoolExecutor(lanes, name)
        self._out = out

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self._pool.shutdown()

    def give(self, call: Callable[[], Sequence[T]]) -> None:
        """Has a job done, waiting for room behind it. Raises StoppedError."""
        context = contextvars.copy_context()  # what log lines say of the job
        self._out.put(self._pool.submit(context.run, call))


def done(jobs: Iterable[Job[T]]) -> Iterator[T]:
    """What jobs made, one after another. Raises what one of them raised."""
    for job in jobs:
        yield from job.result()
