"""Loads a job's models and faces: the painter with its sources, and the people who are looked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from hybridface_worker.contract.errors import TaskError
from hybridface_worker.contract.inputs import Inputs
from hybridface_worker.contract.manifest import ModelStage
from hybridface_worker.contract.plan import Plan
from hybridface_worker.contract.probe import ProbedSource
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import ModelRef
from hybridface_worker.faces.recogniser import Recogniser, load_recogniser
from hybridface_worker.inference.device import Lanes
from hybridface_worker.inference.session import SessionOptions
from hybridface_worker.occluders.load import load_occluder
from hybridface_worker.occluders.protocol import Occluder
from hybridface_worker.pipeline.bounded import (
    Bound,
    BoundedOccluder,
    BoundedRecogniser,
    BoundedRestorer,
    BoundedSwapper,
)
from hybridface_worker.pipeline.painter import Painter
from hybridface_worker.pipeline.people import People
from hybridface_worker.restorers.load import load_restorer
from hybridface_worker.restorers.protocol import Restorer
from hybridface_worker.swappers.boosted import boosted
from hybridface_worker.swappers.load import load_swapper

from .context import PhaseContext
from .portraits import Portraits
from .running import Running

Loaded = TypeVar("Loaded")


def load_painter(
    context: PhaseContext,
    plan: Plan,
    inputs: Inputs,
    probed: Sequence[ProbedSource],
    running: Running,
    lanes: Lanes,
    batch: Bound,
) -> tuple[Painter, People | None]:
    """The job's models with every source's face; and who is looked for, None where nobody is.

    `lanes`: calls of swapper, restorer and occluder; `batch`: of crops that are swapped in one call.

    Raises:
        TaskError: the plan asks for something that its models cannot do.
        LacksPlanError: this worker cannot run one of the models.
    """
    models, blend, load = plan.models, plan.blend, _Loader(context, running, lanes)
    portraits = Portraits(context, plan, inputs, probed)
    swapper = load_swapper(models.swapper, context.model_files.path(models.swapper), load.options, blend)
    people = [person.reference for person in plan.faces.people]
    recogniser = load.recogniser(models.recogniser) if people or swapper.needs_embedding else None
    painter = Painter(
        boosted(BoundedSwapper(swapper, batch), blend.pixel_boost),
        {
            name: portraits.source(name, swapper.size, recogniser if swapper.needs_embedding else None)
            for name in plan.identities()
        },
        blend,
        restorer=load.restorer(models.restorer),
        occluder=load.occluder(models.occluder) if "occlusion" in blend.mask else None,
        match_colours=blend.colour_match and models.swapper.format != "builtin",  # those that are see to it themselves
    )
    if recogniser is None or not people:
        return painter, None
    return painter, People(recogniser, portraits.references(people, recogniser))


class _Loader:
    """Loads models that are files, with batch sizes bounded by memory."""

    def __init__(self, context: PhaseContext, running: Running, lanes: Lanes) -> None:
        self._context = context
        self._running = running
        self._lanes = lanes
        self.options = running.with_threads(lanes.threads)

    def recogniser(self, model: ModelRef | None) -> Recogniser:
        """Raises TaskError where there is none."""
        if model is None:
            message = "faces are told by their embeddings, and the plan has no recogniser"
            raise TaskError(Reason.MODEL_NOT_FOUND, message)
        # One call at a time, whatever the lanes.
        recogniser = self._loaded(model, load_recogniser, self._running.options)
        return BoundedRecogniser(recogniser, self._bound("recognise", self._context.settings.batch))

    def restorer(self, model: ModelRef | None) -> Restorer | None:
        """None where there is none."""
        if model is None:
            return None
        bound = self._bound("restore", self._lanes.size)
        return BoundedRestorer(self._loaded(model, load_restorer, self.options), bound)

    def occluder(self, model: ModelRef | None) -> Occluder | None:
        """None where there is none."""
        if model is None:
            return None
        bound = self._bound("occlude", self._lanes.size)
        return BoundedOccluder(self._loaded(model, load_occluder, self.options), bound)

    def _loaded(
        self, model: ModelRef, load: Callable[[ModelRef, Path, SessionOptions], Loaded], options: SessionOptions
    ) -> Loaded:
        return load(model, self._context.model_files.required(model), options)

    def _bound(self, stage: ModelStage, most: int) -> Bound:
        return Bound(stage, most, self._running.meter, self._context.progress.alive)
