"""What of a job this version, or a run on one machine, does not do. It is reported, never silently ignored."""

from __future__ import annotations

from hybridface_worker.contract.catalogue import BUILT_IN
from hybridface_worker.contract.spec import ModelKind, ModelRef, Models

from .job import FaceSwapJob

BUILTIN = "builtin"
"""The format of models that need no file."""
FORMATS: dict[ModelKind, frozenset[str]] = {
    "detector": frozenset({BUILTIN, "scrfd"}),
    "recogniser": frozenset({"arcface"}),
    "swapper": frozenset({BUILTIN, "inswapper"}),
    "restorer": frozenset({"codeformer", "gfpgan"}),
    "occluder": frozenset({"xseg"}),
}
"""The model formats that workers of this version read, by kind."""


def unsupported_models(models: Models) -> list[str]:
    """A message for each model whose format this version does not read."""
    return [f"spec.models.{model.kind}: {why}" for model in models.used() if (why := unsupported(model))]


def unsupported(model: ModelRef) -> str | None:
    """The format that this version does not read, and those that it does; None where it reads the model's."""
    if model.format in FORMATS[model.kind]:
        return None
    return (
        f"{model.name} has the format {model.format}, which this version does not read; it reads {_choice(model.kind)}"
    )


def _choice(kind: ModelKind) -> str:
    files = ", ".join(sorted(FORMATS[kind] - {BUILTIN}))
    built_in = [model.name for model in BUILT_IN.values() if model.kind == kind]
    return f"{files}; built in: {', '.join(built_in)}" if built_in else files


def local_notes(job: FaceSwapJob) -> list[str]:
    """What of a job a run on one machine leaves out, although somebody may expect it."""
    notes = []
    if job.spec.notify is not None:
        notes.append("spec.notify: nobody is told by a run on one machine; its exit status says how it ended")
    if job.spec.placement is not None:
        pools = ", ".join(job.spec.placement.allowed_pools)
        notes.append(f"spec.placement: this machine is in no pool; {pools} are a cluster's")
    return notes
