"""Concurrent jobs whose results are consumed in the order of submission.

Knows nothing of what jobs do.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, Self, TypeVar

from .channel import Channel

T = TypeVar("T")

Job = Future[Sequence[T]]


class Jobs(Generic[T]):
    """A stage's thread pool. A context manager that ends when all jobs are done."""

    def __init__(self, name: str, lanes: int, out: Channel[Job[T]]) -> None:
        """`out`: takes the jobs in order; its capacity limits those that are submitted and not consumed."""
        self._pool = ThreadPoolExecutor(lanes, name)
        self._out = out

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def give(self, call: Callable[[], Sequence[T]]) -> None:
        """Submits a job, waiting for capacity. Raises StoppedError."""
        context = contextvars.copy_context()  # what log lines say of the job
        self._out.put(self._pool.submit(context.run, call))


def done(jobs: Iterable[Job[T]]) -> Iterator[T]:
    """The results of jobs, one after another. Raises what one of them raised."""
    for job in jobs:
        yield from job.result()
