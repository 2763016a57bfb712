"""What stands in the schema and is not implemented yet: refused with a message, never passed over in silence."""

from __future__ import annotations

from collections.abc import Iterator

from hybridface_worker.contract.spec import ModelRef, Models

from .job import FaceSwapJob
from .swap import NONE

FORMATS: dict[str, frozenset[str]] = {
    "detector": frozenset({"builtin"}),
    "recogniser": frozenset(),
    "swapper": frozenset({"builtin"}),
    "restorer": frozenset(),
}
"""The model formats that workers of this version read, by kind."""


def unsupported(job: FaceSwapJob) -> list[str]:
    """A message for each value that this version does not implement: its path, the value, and what is available."""
    return list(_unsupported(job))


def unsupported_models(models: Models) -> list[str]:
    """A message for each model whose format this version does not read."""
    chosen = {"detector": models.detector, "recogniser": models.recogniser, "swapper": models.swapper}
    chosen["restorer"] = models.restorer
    return [
        _message(f"spec.models.{kind}", f"{model.name} (format {model.format})", _available(kind))
        for kind, model in chosen.items()
        if isinstance(model, ModelRef) and model.format not in FORMATS[kind]
    ]


def local_notes(job: FaceSwapJob) -> list[str]:
    """What a job says that a run on one machine leaves out, and that somebody may be waiting for."""
    notes = []
    if job.spec.notify is not None:
        notes.append("spec.notify: nobody is told by a run on one machine; its exit status says how it ended")
    if job.spec.placement is not None:
        pools = ", ".join(job.spec.placement.allowed_pools)
        notes.append(f"spec.placement: this machine is in no pool; {pools} are a cluster's")
    return notes


def _unsupported(job: FaceSwapJob) -> Iterator[str]:
    faces, models, blend = job.spec.faces, job.spec.models, job.spec.blend
    if faces.select == "reference":
        yield _message("spec.faces.select", "reference", "all, largest")
    if faces.map is not None:
        yield _message("spec.faces.map", "a mapping of people to sources", "one output for each source, without it")
    for kind, name in (("recogniser", models.recogniser), ("restorer", models.restorer)):
        if name != NONE and not FORMATS[kind]:
            yield _message(f"spec.models.{kind}", name, NONE)
    if blend.mask != ("box",):
        yield _message("spec.blend.mask", f"[{', '.join(blend.mask)}]", "[box]")
    if blend.pixel_boost != 128:
        yield _message("spec.blend.pixelBoost", str(blend.pixel_boost), "128")
    if not blend.colour_match and models.swapper == "blend":
        yield _message("spec.blend.colourMatch", "false with the swapper blend", "true")


def _available(kind: str) -> str:
    return "those that are built in" if FORMATS[kind] else NONE


def _message(path: str, value: str, available: str) -> str:
    return f"{path}: {value} is not implemented in this version; available: {available}"
