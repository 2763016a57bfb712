"""What every phase needs: its task, the job's storage, the inputs it may read."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import structlog

from hybridface_worker.contract.errors import (
    InputRefused,
    ObjectChangedError,
    ObjectNotFoundError,
    StoreRefusedError,
    TaskError,
)
from hybridface_worker.contract.events import Event
from hybridface_worker.contract.inputs import InputObject
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.task import Attempt
from hybridface_worker.settings import WorkerSettings
from hybridface_worker.store.job_area import JobArea
from hybridface_worker.store.reader import RangedReader
from hybridface_worker.store.stores import Stores
from hybridface_worker.store.watched import WatchedFile
from hybridface_worker.watchdog import Watchdog

from .model_files import ModelFiles

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PROGRESS_SECONDS = 0.5


class Progress:
    """Reports finished frames now and then, for progress bars, and feeds the watchdog."""

    def __init__(self, watchdog: Watchdog) -> None:
        self._watchdog = watchdog
        self._log = structlog.get_logger()
        self._frames = 0
        self._said = time.monotonic()

    def __call__(self, frames: int) -> None:
        """Adds frames (or images)."""
        self._watchdog.feed()
        self._frames += frames
        if time.monotonic() - self._said >= PROGRESS_SECONDS:
            self.flush()

    def alive(self) -> None:
        """Feeds the watchdog, though no frame is finished. Thread-safe."""
        self._watchdog.feed()

    def flush(self) -> None:
        """Reports what has not been reported."""
        if self._frames:
            self._log.info(Event.PROGRESS, frames=self._frames)
        self._frames, self._said = 0, time.monotonic()


@dataclass(frozen=True)
class PhaseContext:
    """One shard of one attempt, and everything that the phase may access."""

    settings: WorkerSettings
    stores: Stores
    area: JobArea
    attempt: Attempt
    shard: int
    scratch: Path
    """A folder of this process's own, removed when it ends."""
    progress: Progress
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set by SIGTERM: finish what was begun, begin nothing else."""

    @cached_property
    def model_files(self) -> ModelFiles:
        """The files of models."""
        return ModelFiles(self.settings, self.stores, alive=self.progress.alive)

    @contextmanager
    def open(self, item: InputObject) -> Iterator[BinaryIO]:
        """The object, read in ranges, as long as it is the version that was listed.

        Raises:
            InputRefused: it is gone, or was changed.
        """
        with refusing_inputs(item.uri):
            store, key = self.stores.resolve(item.uri)
        with InputReader(store, key, item.size, item.etag) as reader:
            try:
                yield cast("BinaryIO", reader)
            finally:
                fetched = reader.bytes_fetched
                structlog.get_logger().info(Event.INPUT_READ, uri=item.uri, size=item.size, bytes_fetched=fetched)

    def open_data(self, key: str) -> BinaryIO:
        """One of the job's own objects, read in ranges. Raises InputRefused like `open`."""
        with refusing_inputs(self.area.uri(key)):
            return cast("BinaryIO", self.area.open(key, InputReader))

    def open_scratch(self, path: Path) -> WatchedFile:
        """A file of the scratch folder; reading it counts as progress."""
        return WatchedFile(path, self.progress.alive)

    def read(self, item: InputObject) -> bytes:
        """All of a small object. Raises InputRefused like `open`."""
        with refusing_inputs(item.uri):
            store, key = self.stores.resolve(item.uri)
            return store.read(key, if_match=item.etag)


@contextmanager
def refusing_inputs(uri: str) -> Iterator[None]:
    """Turns a store's error about one input into the refusal of that input."""
    try:
        yield
    except ObjectNotFoundError:
        raise InputRefused(Reason.INPUT_NOT_FOUND, f"{uri} is gone; put it back and run the job again") from None
    except ObjectChangedError:
        raise InputRefused(
            Reason.INPUT_CHANGED, f"{uri} changed while the job ran; a changed input is a new job: start it again"
        ) from None
    except StoreRefusedError as error:
        raise InputRefused(error.reason, error.message) from error


class InputReader(RangedReader):
    """A reader whose errors refuse that object alone."""

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """As RangedReader does. Raises InputRefused."""
        with refusing_inputs(self.uri):
            return super().readinto(buffer)


def open_task(stores: Stores, uri: str) -> tuple[JobArea, Attempt]:
    """The attempt at a URI, and the area of its job. Raises TaskError where it is not the URI of an attempt."""
    folder, found, name = uri.rpartition("/attempts/")
    if not found:
        raise TaskError(Reason.BAD_TASK, f"{uri}: a task is <job>/attempts/<n>.json")
    store, prefix = stores.resolve(folder + "/")
    area = JobArea(store, prefix)
    return area, area.read(Attempt, f"attempts/{name}")
