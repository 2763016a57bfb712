"""Loads what a job's models need: the detector, the swapper, and the sources' crops for it."""

from __future__ import annotations

from hybridface_worker.contract.errors import TaskError
from hybridface_worker.contract.inputs import Inputs, SourceImage
from hybridface_worker.contract.plan import Plan
from hybridface_worker.contract.probe import ProbedSource
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.faces.source import source_of
from hybridface_worker.images.probe import probe_image
from hybridface_worker.images.still import read_still
from hybridface_worker.media.sniff import sniff_image
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View
from hybridface_worker.pipeline.painter import Painter
from hybridface_worker.swappers.load import load_swapper
from hybridface_worker.swappers.protocol import Source

from .context import PhaseContext


def load_painter(context: PhaseContext, plan: Plan, inputs: Inputs, probed: list[ProbedSource]) -> Painter:
    """The job's swapper with every source's face, warped from the points that Probe found."""
    swapper = load_swapper(plan.models.swapper)
    sources = {
        name: _source(context, plan, name, [image for image in inputs.sources if image.source == name], probed, swapper.size)
        for name in plan.sources
    }
    return Painter(swapper, sources, plan.blend)


def _source(
    context: PhaseContext, plan: Plan, name: str, images: list[SourceImage], probed: list[ProbedSource], size: int
) -> Source:
    faces = {found.item: found.face for found in probed if found.source == name and found.face is not None}
    if not faces:
        raise TaskError(Reason.NO_FACE_IN_SOURCE, f"source {name}: the plan has it, but Probe found no face in it")
    best = max(faces, key=lambda item: (faces[item].score, -item))
    image = next(image for image in images if image.item == best)
    data = context.read(image)
    info = probe_image(data, sniff_image(data), plan.limits)
    still = read_still(data, info)
    return source_of(Picture.of_image(still.pixels), View.of_image(info), faces[best], size)
