"""Documents to jobs. All documents are validated before any job is returned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from .documents import Text
from .job import API_VERSION, KIND, FaceSwapJob
from .messages import of_validation
from .problems import Position, Problem, SpecError, shown
from .resolve import resolve_uris

Model = TypeVar("Model", bound=BaseModel)


def parse_job(body: Mapping[str, Any]) -> FaceSwapJob:
    """A job from an object of the API server. Raises SpecError."""
    return _parse_job(Text(dict(body)))


def parse_jobs(texts: Sequence[Text], file: str, folder: Path) -> list[FaceSwapJob]:
    """The jobs of a file, their relative paths taken from `folder`.

    Raises:
        SpecError: there is none, one of them is wrong, or two have one name.
    """
    if not texts:
        raise SpecError([Problem(f"there is nothing in it; a {KIND} is wanted", file=file)])
    jobs: list[FaceSwapJob] = []
    problems: list[Problem] = []
    seen: dict[tuple[str, str], Position | None] = {}
    for text in texts:
        try:
            job = _parse_job(text)
        except SpecError as error:
            problems += error.problems
            continue
        name, at = (job.metadata.namespace, job.metadata.name), ("metadata", "name")
        if first := seen.get(name):
            problems += text.placed(
                [Problem(f'"{job.metadata.name}" is the name of the job in line {first[0]} too', at)]
            )
        seen.setdefault(name, text.position(at))
        jobs.append(resolve_uris(job, folder))
    if problems:
        raise SpecError(problems)
    return jobs


def parse(model: type[Model], text: Text) -> Model:
    """One document as a model. Raises SpecError."""
    try:
        return model.model_validate(text.value)
    except ValidationError as error:
        raise SpecError(text.placed(of_validation(error, model))) from None


def _parse_job(text: Text) -> FaceSwapJob:
    found = text.value if isinstance(text.value, dict) else {}
    expected = {"apiVersion": API_VERSION, "kind": KIND}
    wrong = {field: found.get(field) for field in expected if found.get(field) != expected[field]}
    if wrong:
        said = " and ".join(_said(field, value) for field, value in wrong.items())
        message = f"{said}; expected apiVersion: {API_VERSION}, kind: {KIND}"
        raise SpecError([Problem(message, file=text.file, position=text.position(tuple(wrong)[:1]))])
    return parse(FaceSwapJob, text)


def _said(field: str, value: Any) -> str:
    return f"{field} is missing" if value is None else f"{field} is {shown(value)}"
