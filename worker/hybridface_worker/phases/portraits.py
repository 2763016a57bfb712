"""Crops and embeddings of sources and references, computed in every process from images and Probe's landmarks.

They stay in this process's memory: they are in no file, no log and no status.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from hybridface_worker.contract.errors import TaskError
from hybridface_worker.contract.inputs import Inputs
from hybridface_worker.contract.plan import Plan
from hybridface_worker.contract.probe import FaceBox, ProbedSource
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.faces.recogniser import Embeddings, Recogniser
from hybridface_worker.swappers.protocol import Source
from hybridface_worker.swappers.source import source_of

from .context import PhaseContext
from .pictures import LoadedImage

Portrait = tuple[LoadedImage, FaceBox]


class Portraits:
    """The images of a job's sources and references, read on demand."""

    def __init__(self, context: PhaseContext, plan: Plan, inputs: Inputs, probed: Sequence[ProbedSource]) -> None:
        self._context = context
        self._limits = plan.limits
        self._images = {(image.source, image.item): image for image in inputs.sources}
        self._probed = probed

    def source(self, name: str, size: int, recogniser: Recogniser | None) -> Source:
        """A source: the crop of its face with the best score, [size, size, 3], and the mean embedding of its images.

        Args:
            name: the source's.
            size: S, the swapper's.
            recogniser: None where the swapper needs no embedding.

        Raises:
            TaskError: Probe found no face in any of its images.
        """
        shown: npt.NDArray[np.uint8] | None = None
        embeddings: list[npt.NDArray[np.float32]] = []
        for loaded, face in self._of(name, all_of_them=recogniser is not None):
            if shown is None:
                shown = source_of(loaded.picture, loaded.view, face, size).crop
            if recogniser is not None:
                embeddings.append(_embedding(loaded, face, recogniser))
        if shown is None:
            raise TaskError(Reason.NO_FACE_IN_SOURCE, f"{name}: the plan has it, but Probe found no face in it")
        return Source(shown, np.mean(embeddings, axis=0, dtype=np.float32) if embeddings else None)

    def references(self, names: Sequence[str], recogniser: Recogniser) -> Embeddings:
        """Unit embeddings [R, 512] of the references' faces. Raises TaskError where Probe found none."""
        found = []
        for name in names:
            portrait = next(self._of(name, all_of_them=False), None)
            if portrait is None:
                message = f"{name}: the plan looks for it, but Probe found no face in it"
                raise TaskError(Reason.NO_FACE_IN_REFERENCE, message)
            found.append(_embedding(*portrait, recogniser))
        return np.stack(found)

    def _of(self, name: str, *, all_of_them: bool) -> Iterator[Portrait]:
        """Images with a face, the best score first, of equal ones the first; or that one alone."""
        with_face = [(each, each.face) for each in self._probed if each.source == name and each.face is not None]
        ordered = sorted(with_face, key=lambda pair: (-pair[1].score, pair[0].item))
        for probed, face in ordered if all_of_them else ordered[:1]:
            image = self._images[probed.source, probed.item]
            yield LoadedImage.of(self._context.read(image), self._limits), face


def _embedding(loaded: LoadedImage, face: FaceBox, recogniser: Recogniser) -> npt.NDArray[np.float32]:
    crop = loaded.aligned(np.array(face.points), recogniser.size)
    return np.asarray(recogniser.embed(crop[None])[0], np.float32)
