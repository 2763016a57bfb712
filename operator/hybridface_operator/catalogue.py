"""The model catalogue: which models there are beside the built-in ones, and which of them a job means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from hybridface_operator.errors import JobRefused
from hybridface_operator.spec.job import FaceSwapJob
from hybridface_operator.spec.load import load_document
from hybridface_operator.spec.parse import parse
from hybridface_operator.spec.problems import Problem, SpecError, nearest
from hybridface_operator.spec.swap import NONE
from hybridface_operator.spec.types import MAX_MODEL_NAME_LENGTH, MEANING, MODEL_NAME
from hybridface_operator.spec.uris import check_uri, resolve
from hybridface_worker.contract.catalogue import BUILT_IN, Catalogue
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import ModelKind, ModelRef, Models

NEEDS_EMBEDDING = frozenset({"inswapper"})
"""Formats of swappers that are told the source by its 512-d embedding."""


def load_catalogue(path: str | Path | None) -> Catalogue:
    """The models of a YAML or JSON file, those that are built in left out; without a file there are none.

    Relative paths are taken from the file's folder.

    Raises:
        SpecError: the file cannot be read, or anything in it is wrong.
    """
    if path is None:
        return Catalogue()
    text = load_document(path, "catalogue")
    catalogue = parse(Catalogue, text)
    if wrong := text.placed(_problems(catalogue)):
        raise SpecError(wrong)
    folder = Path(path).absolute().parent
    models = {
        name: entry.model_copy(update={"uri": resolve(entry.uri, folder)}) for name, entry in catalogue.models.items()
    }
    return catalogue.model_copy(update={"models": models})


def resolve_models(job: FaceSwapJob, catalogue: Catalogue) -> Models:
    """The models that the job names.

    Raises:
        JobRefused: there is no such model of that kind, or a recogniser is needed and none is named.
    """
    names = job.spec.models
    detector, swapper = _find("detector", names.detector, catalogue), _find("swapper", names.swapper, catalogue)
    recogniser = None if names.recogniser == NONE else _find("recogniser", names.recogniser, catalogue)
    restorer = None if names.restorer == NONE else _find("restorer", names.restorer, catalogue)
    if recogniser is None:
        for why in _needs_recogniser(job, swapper):
            raise JobRefused(
                Reason.MODEL_NOT_FOUND,
                f"spec.models.recogniser: {why}, so a recogniser must be named; {_choice('recogniser', catalogue)}",
            )
    occluder = None if names.occluder == NONE else _find("occluder", names.occluder, catalogue)
    return Models(detector=detector, recogniser=recogniser, swapper=swapper, restorer=restorer, occluder=occluder)


def named_model(kind: ModelKind, name: str, catalogue: Catalogue) -> ModelRef:
    """The model of that name. Raises JobRefused where there is none of that kind."""
    return _find(kind, name, catalogue, f"--{kind}")


def licence_note(models: Models) -> str | None:
    """A line with the licences of the models that are files; None where all are built in."""
    supplied = [f"{model.name} ({model.licence})" for model in models.used() if model.uri is not None]
    return f"models used, and their licences: {', '.join(supplied)}" if supplied else None


def _needs_recogniser(job: FaceSwapJob, swapper: ModelRef) -> Iterator[str]:
    if swapper.format in NEEDS_EMBEDDING:
        yield f"the swapper {swapper.name} is told faces by their embeddings"
    if job.spec.faces.looked_for():
        how = "faces.map" if job.spec.faces.map is not None else "faces.select: reference"
        yield f"{how} finds people by their embeddings"


def _problems(catalogue: Catalogue) -> Iterator[Problem]:
    for name, entry in catalogue.models.items():
        if not re.fullmatch(MODEL_NAME, name) or len(name) > MAX_MODEL_NAME_LENGTH:
            message = f"must be {MEANING[MODEL_NAME]}, at most {MAX_MODEL_NAME_LENGTH} of them"
            yield Problem(message, ("models", name))
        elif name == NONE:
            yield Problem("is the word for no model; call it something else", ("models", name))
        elif name in BUILT_IN:
            yield Problem("is the name of a built-in model; call it something else", ("models", name))
        try:
            check_uri(entry.uri)
        except ValueError as error:
            yield Problem(str(error), ("models", name, "uri"))


def _find(kind: ModelKind, name: str, catalogue: Catalogue, where: str = "") -> ModelRef:
    model = _all(catalogue).get(name)
    if model is None:
        hint = nearest(name, _names(kind, catalogue)) if _names(kind, catalogue) else _choice(kind, catalogue)
        if _names(kind, catalogue) and not catalogue.models:
            hint += "; `--models FILE` adds those of a catalogue"
        message = f'there is no model "{name}"; {hint}'
    elif model.kind != kind:
        message = f'"{name}" is a {model.kind}, not a {kind}; {_choice(kind, catalogue)}'
    else:
        return model
    raise JobRefused(Reason.MODEL_NOT_FOUND, f"{where or f'spec.models.{kind}'}: {message}")


def _all(catalogue: Catalogue) -> dict[str, ModelRef]:
    supplied = {name: ModelRef(name=name, **dict(entry)) for name, entry in catalogue.models.items()}
    return supplied | BUILT_IN


def _names(kind: ModelKind, catalogue: Catalogue) -> list[str]:
    return sorted(model.name for model in _all(catalogue).values() if model.kind == kind)


def _choice(kind: ModelKind, catalogue: Catalogue) -> str:
    known = ", ".join(_names(kind, catalogue))
    return f"known {kind}s: {known}" if known else f"the catalogue has no {kind}; `--models FILE` names one that has"
