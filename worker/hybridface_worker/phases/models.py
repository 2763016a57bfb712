"""Loads what a job's models need: the swapper, and the sources' crops for it."""

from __future__ import annotations

from collections.abc import Sequence

from hybridface_worker.contract.errors import TaskError
from hybridface_worker.contract.inputs import Inputs
from hybridface_worker.contract.plan import Plan
from hybridface_worker.contract.probe import ProbedSource
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.pipeline.painter import Painter
from hybridface_worker.swappers.load import load_swapper
from hybridface_worker.swappers.protocol import Source
from hybridface_worker.swappers.source import source_of

from .context import PhaseContext
from .pictures import LoadedImage


def load_painter(context: PhaseContext, plan: Plan, inputs: Inputs, probed: Sequence[ProbedSource]) -> Painter:
    """The job's swapper with every source's face, warped from the points that Probe found."""
    swapper = load_swapper(plan.models.swapper)
    sources = {name: _source(context, plan, inputs, _best(name, probed), swapper.size) for name in plan.sources}
    return Painter(swapper, sources, plan.blend)


def _best(name: str, probed: Sequence[ProbedSource]) -> ProbedSource:
    """The image of the source whose face has the highest score; of equal ones the first."""
    found = [source for source in probed if source.source == name and source.face is not None]
    if not found:
        raise TaskError(Reason.NO_FACE_IN_SOURCE, f"source {name}: the plan has it, but Probe found no face in it")
    return max(found, key=lambda source: (source.face.score if source.face else 0, -source.item))


def _source(context: PhaseContext, plan: Plan, inputs: Inputs, best: ProbedSource, size: int) -> Source:
    image = next(image for image in inputs.sources if (image.source, image.item) == (best.source, best.item))
    loaded = LoadedImage.of(context.read(image), image.uri, plan.limits)
    if best.face is None:
        raise ValueError(f"{image.uri}: no face")
    return source_of(loaded.picture, loaded.view, best.face, size)
