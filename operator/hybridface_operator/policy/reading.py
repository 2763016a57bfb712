"""Texts to documents of this package, as strictly as they are read back from storage. Opens no file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from hybridface_operator.spec.documents import MAX_DEPTH, Text, is_deep, read_json
from hybridface_operator.spec.messages import of_validation
from hybridface_operator.spec.problems import Problem, SpecError

Model = TypeVar("Model", bound=BaseModel)


def json_text(data: bytes, where: str, most_bytes: int) -> Text:
    """A value of Consul, which is JSON and nothing else.

    Raises:
        SpecError: too large, empty, not UTF-8 or not JSON, or a key comes twice.
    """
    if len(data) > most_bytes:
        raise SpecError([Problem(f"has {len(data)} bytes; at most {most_bytes} are read", file=where)])
    if not data.strip():
        raise SpecError([Problem("is empty", file=where)])
    try:
        return read_json(data.decode(), where)
    except UnicodeDecodeError as error:
        raise SpecError([Problem(f"not UTF-8: byte 0x{data[error.start]:02x}", file=where)]) from None


def read(model: type[Model], text: Text) -> Model:
    """A value as a model. Nothing is converted: `"8"` is no number, and 0.35 no amount.

    Raises:
        SpecError: with every problem, each with its line and column where it comes from a file.
    """
    if is_deep(text.value):
        raise SpecError([Problem(f"nested deeper than {MAX_DEPTH} levels", file=text.file)])
    try:
        # By way of JSON, since only there pydantic takes lists for tuples and still nothing else for anything.
        return model.model_validate_json(json.dumps(text.value), strict=True, by_alias=True, by_name=False)
    except ValidationError as error:
        raise SpecError(text.placed(of_validation(error, model))) from None


def refuse(problems: Iterable[Problem], text: Text) -> None:
    """Raises SpecError where there are any."""
    if found := text.placed(problems):
        raise SpecError(found)
