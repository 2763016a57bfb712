"""Threads connected by bounded channels, with backpressure; an error in any of them ends all.

Knows nothing of what stages do.
"""

from __future__ import annotations

import contextvars
import threading
from collections import deque
from collections.abc import Callable, Iterator
from math import inf
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")


class StoppedError(Exception):
    """Another stage failed; this one ends silently."""


class Channel(Generic[T]):
    """A bounded FIFO queue with one producer and one consumer, which can be aborted."""

    def __init__(self, capacity: int) -> None:
        self._items: deque[T] = deque()
        self._capacity = capacity
        self._finished = False
        self._stopped = False
        self._changed = threading.Condition()

    def put(self, item: T) -> None:
        """Adds an item, waiting for room. Raises StoppedError."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or len(self._items) < self._capacity)
            if self._stopped:
                raise StoppedError
            self._items.append(item)
            self._changed.notify_all()

    def finish(self) -> None:
        """Closes the queue: nothing more will come."""
        with self._changed:
            self._finished = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Aborts: every waiting and later call raises StoppedError."""
        with self._changed:
            self._stopped = True
            self._items.clear()
            self._changed.notify_all()

    def __iter__(self) -> Iterator[T]:
        """Items as they come, until the producer has finished. Raises StoppedError."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopped or self._items or self._finished)
                if self._stopped:
                    raise StoppedError
                if not self._items:
                    return
                item = self._items.popleft()
                self._changed.notify_all()
            yield item


class InFlight:
    """Limits concurrent work: a weighted semaphore with exclusive entry, which can be aborted."""

    def __init__(self, limit: float = inf) -> None:
        self._limit = limit
        self._weight = 0
        self._alone = False
        self._stopped = False
        self._changed = threading.Condition()

    def enter(self, weight: int = 1, *, alone: bool = False) -> None:
        """Enters, waiting for room; with `alone` exclusively. Raises StoppedError.

        What weighs more than the limit enters when there is nothing else.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._has_room(weight, alone=alone))
            if self._stopped:
                raise StoppedError
            self._weight += weight
            self._alone = alone

    def leave(self, weight: int = 1) -> None:
        """Leaves."""
        with self._changed:
            self._weight -= weight
            self._alone = False
            self._changed.notify_all()

    def _has_room(self, weight: int, *, alone: bool) -> bool:
        return self._weight == 0 or not (alone or self._alone or self._weight + weight > self._limit)

    def stop(self) -> None:
        """Aborts: whoever waits here gets StoppedError."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()


class Stoppable(Protocol):
    """What threads wait on, and can be aborted."""

    def stop(self) -> None:
        """Aborts: every waiting and later call raises StoppedError."""
        ...


class Crew:
    """Runs stages on threads of their own; the first error stops the channels and is raised by `join`."""

    def __init__(self, *stoppable: Stoppable) -> None:
        self._stoppable = stoppable
        self._threads: list[threading.Thread] = []
        self._error: BaseException | None = None
        self._lock = threading.Lock()

    def start(self, name: str, stage: Callable[[], None]) -> None:
        """Starts a stage."""
        context = contextvars.copy_context()  # what log lines say of the job
        thread = threading.Thread(target=context.run, args=(self._run, stage), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def join(self) -> None:
        """Waits for every stage. Raises the first error that one of them met."""
        for thread in self._threads:
            thread.join()
        if self._error is not None:
            raise self._error

    def _run(self, stage: Callable[[], None]) -> None:
        try:
            stage()
        except StoppedError:
            pass
        except BaseException as error:  # noqa: BLE001 - carried to the thread that joins
            with self._lock:
                self._error = self._error or error
            for one in self._stoppable:
                one.stop()
