"""Models that are given no more at once than memory allows: where it runs out, the batch is halved and work goes on.

What a model makes of a picture does not depend on what else is in the batch, so a smaller one changes nothing but
speed. Once halved a batch stays so: what ran out once runs out again. Calls that ran side by side until then take turns
from then on, so that none is refused for what another holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

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
        """`alive` is called after each call: a picture of a crowd may take longer than a worker's patience."""
        self._stage = stage
        self._meter = meter
        self._alive = alive
        self._calls = InFlight()
        self._in_turns = False
        self.size = most

    def parts(self, count: int, call: Callable[[slice], Result]) -> list[Result]:
        """What `call` makes of pictures 0..count-1, part by part. Used from several threads.

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
        """What `call` makes of all pictures, as one array; of none what it makes of none. Raises as `parts` does."""
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


class BoundedSwapper:
    """A swapper that takes any number of crops."""

    def __init__(self, swapper: Swapper, bound: Bound) -> None:
        self._swapper = swapper
        self._bound = bound
        self.size = swapper.size
        self.needs_embedding = swapper.needs_embedding

    def swap(self, crops: Crops, sources: Sequence[Source]) -> Crops:
        """As the swapper does, in as many calls as it takes."""
        return self._bound.whole(len(crops), lambda part: self._swapper.swap(crops[part], sources[part]))


class BoundedRestorer:
    """A restorer that takes any number of crops."""

    def __init__(self, restorer: Restorer, bound: Bound) -> None:
        self._restorer = restorer
        self._bound = bound
        self.size = restorer.size

    def restore(self, crops: Crops) -> Crops:
        """As the restorer does, in as many calls as it takes."""
        return self._bound.whole(len(crops), lambda part: self._restorer.restore(crops[part]))


class BoundedRecogniser:
    """A recogniser that takes any number of crops."""

    def __init__(self, recogniser: Recogniser, bound: Bound) -> None:
        self._recogniser = recogniser
        self._bound = bound
        self.size = recogniser.size

    def embed(self, crops: Crops) -> Embeddings:
        """As the recogniser does, in as many calls as it takes."""
        return self._bound.whole(len(crops), lambda part: self._recogniser.embed(crops[part]))

    def features(self, crops: Crops) -> Embeddings:
        """As the recogniser does, in as many calls as it takes."""
        return self._bound.whole(len(crops), lambda part: self._recogniser.features(crops[part]))


class BoundedOccluder:
    """An occluder that takes any number of crops."""

    def __init__(self, occluder: Occluder, bound: Bound) -> None:
        self._occluder = occluder
        self._bound = bound
        self.size = occluder.size

    def visible(self, crops: Crops) -> Visible:
        """As the occluder does, in as many calls as it takes."""
        return self._bound.whole(len(crops), lambda part: self._occluder.visible(crops[part]))


class BoundedDetector:
    """A detector that takes any number of images."""

    def __init__(self, detector: Detector, bound: Bound) -> None:
        self._detector = detector
        self._bound = bound

    def detect(self, images: Pictures) -> list[list[Face]]:
        """As the detector does, in as many calls as it takes."""
        made = self._bound.parts(len(images), lambda part: self._detector.detect(images[part]))
        return [faces for part in made for faces in part]
