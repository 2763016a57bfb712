"""Bounds the batch size of models by memory: where it runs out, the batch is halved and the call repeated.

A model's result for a picture does not depend on the rest of the batch, so a smaller one changes nothing but speed.
Once halved, a batch stays so. From then on calls take turns, so that none fails for memory that another holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import structlog

from hybridface_worker.contract.errors import ResourceError
from hybridface_worker.contract.events import Event
from hybridface_worker.contract.manifest import ModelStage
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.faces.detector import Detector
from hybridface_worker.faces.recogniser import Embeddings, Recogniser
from hybridface_worker.faces.types import Face
from hybridface_worker.inference.memory import DeviceMemoryError
from hybridface_worker.occluders.protocol import Occluder, Visible
from hybridface_worker.restorers.protocol import Restorer
from hybridface_worker.swappers.protocol import Crops, Source, Swapper

from .channel import InFlight
from .meter import Meter

Result = TypeVar("Result")
Scalar = TypeVar("Scalar", bound=np.generic)
Pictures = Sequence[npt.NDArray[np.uint8]]


class Bound:
    """How many pictures one call of a model may have: as many as configured, until memory runs out."""

    def __init__(self, stage: ModelStage, most: int, meter: Meter, alive: Callable[[], None] = lambda: None) -> None:
        """`alive` is called after each call, for the watchdog: a picture of a crowd may take long."""
        self._stage = stage
        self._meter = meter
        self._alive = alive
        self._calls = InFlight()
        self._in_turns = False
        self.size = most

    def parts(self, count: int, call: Callable[[slice], Result]) -> list[Result]:
        """The results of `call` for slices of pictures 0..count-1. Thread-safe.

        Raises:
            ResourceError: memory ran out with one picture.
        """
        made: list[Result] = []
        done = 0
        while done < count:
            size, alone = min(self.size, count - done), self._in_turns
            self._calls.enter(alone=alone)
            try:
                made.append(call(slice(done, done + size)))
            except (DeviceMemoryError, MemoryError) as error:
                self._halve(size, error, alone=alone)
                continue
            finally:
                self._calls.leave()
            self._meter.called(self._stage, size)
            self._alive()
            done += size
        return made

    def whole(self, count: int, call: Callable[[slice], npt.NDArray[Scalar]]) -> npt.NDArray[Scalar]:
        """The same as one array; with no pictures, what `call` returns for an empty slice. Raises as `parts` does."""
        made = self.parts(count, call) or [call(slice(0))]
        return made[0] if len(made) == 1 else np.concatenate(made)

    def _halve(self, size: int, error: Exception, *, alone: bool) -> None:
        self._in_turns = True
        if size == 1 and not alone:  # another call may have held what it lacked
            return
        if size == 1:
            raise ResourceError(
                Reason.OUT_OF_MEMORY, f"stage {self._stage}, with one picture at a time: {error}"
            ) from error
        if self.size <= size // 2:  # another call was refused as well
            return
        self.size = size // 2
        self._meter.halved()
        structlog.get_logger().warning(Event.BATCH_HALVED, stage=self._stage, batch=self.size, message=str(error))


class _Sized(Protocol):
    @property
    def size(self) -> int: ...


Model = TypeVar("Model", bound=_Sized)


class _Bounded(Generic[Model]):
    """A model of crops that is given any number of them, and called as often as it takes."""

    def __init__(self, model: Model, bound: Bound) -> None:
        self._model = model
        self._bound = bound
        self.size = model.size


class BoundedSwapper(_Bounded[Swapper]):
    """A swapper that takes any number of crops."""

    @property
    def needs_embedding(self) -> bool:
        """As the swapper's."""
        return self._model.needs_embedding

    def swap(self, crops: Crops, sources: Sequence[Source]) -> Crops:
        """As the swapper's, in batches."""
        return self._bound.whole(len(crops), lambda part: self._model.swap(crops[part], sources[part]))


class BoundedRestorer(_Bounded[Restorer]):
    """A restorer that takes any number of crops."""

    def restore(self, crops: Crops) -> Crops:
        """As the restorer's, in batches."""
        return self._bound.whole(len(crops), lambda part: self._model.restore(crops[part]))


class BoundedRecogniser(_Bounded[Recogniser]):
    """A recogniser that takes any number of crops."""

    def embed(self, crops: Crops) -> Embeddings:
        """As the recogniser's, in batches."""
        return self._bound.whole(len(crops), lambda part: self._model.embed(crops[part]))

    def features(self, crops: Crops) -> Embeddings:
        """As the recogniser's, in batches."""
        return self._bound.whole(len(crops), lambda part: self._model.features(crops[part]))


class BoundedOccluder(_Bounded[Occluder]):
    """An occluder that takes any number of crops."""

    def visible(self, crops: Crops) -> Visible:
        """As the occluder's, in batches."""
        return self._bound.whole(len(crops), lambda part: self._model.visible(crops[part]))


class BoundedDetector:
    """A detector that takes any number of images."""

    def __init__(self, detector: Detector, bound: Bound) -> None:
        self._detector = detector
        self._bound = bound

    def detect(self, images: Pictures) -> list[list[Face]]:
        """As the detector does, in as many calls as it takes."""
        made = self._bound.parts(len(images), lambda part: self._detector.detect(images[part]))
        return [faces for part in made for faces in part]
