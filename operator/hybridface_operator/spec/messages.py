"""Pydantic's errors as problems: the path of the field, what is expected, what was found."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from .model import RULES
from .problems import Location, Problem, nearest, shown
from .types import MEANING

Context = Mapping[str, Any]


def of_validation(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """The problems that pydantic found, in the order of the model's fields."""
    return [problem for item in error.errors(include_url=False) for problem in _problems(item, model)]


def _at(model: type[BaseModel], location: Location) -> tuple[type[BaseModel], FieldInfo | None]:
    """The innermost model along the location, and the innermost field."""
    field = None
    for part in location:
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if isinstance(part, str) and part in fields:
            field = fields[part]
            model = _model_in(field.annotation) or model
    return model, field


def _unmatched(model: type[BaseModel], location: Location, value: Any) -> str | None:
    """The pattern of the text wanted there, where the value would not match it in quotes either."""
    _, field = _at(model, location)
    pattern = next(_patterns(field, field.annotation), None) if field else None
    return pattern if pattern in MEANING and not re.fullmatch(pattern, json.dumps(value)) else None


def _patterns(*annotations: Any) -> Iterator[str]:
    """The patterns of annotated texts, by themselves, in a list or beside None."""
    for annotation in annotations:
        if isinstance(annotation, FieldInfo):
            yield from (each.pattern for each in annotation.metadata if getattr(each, "pattern", None))
        yield from _patterns(*get_args(annotation))


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that a field holds: itself, in a tuple or a mapping, or beside None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def _problems(item: Mapping[str, Any], model: type[BaseModel]) -> Iterator[Problem]:
    location = tuple(part for part in item["loc"] if part != "[key]")
    kind, context, value = item["type"], item.get("ctx", {}), item["input"]
    if kind == RULES:
        yield from (Problem(message, (*location, *_split(path))) for path, message in context[RULES])
    elif kind == "extra_forbidden":
        around, _ = _at(model, location[:-1])
        known = [field.alias or name for name, field in around.model_fields.items()]
        yield Problem(f"unknown field; {nearest(str(location[-1]), known)}", location, unknown=True)
    elif kind == "too_short" and len(value) >= context["min_length"]:
        return  # pydantic does not count the items that were wrong; what is wrong with those is said
    elif kind == "string_type" and (pattern := _unmatched(model, location, value)):
        yield Problem(_mismatch({"pattern": pattern}, value), location)
    elif kind in _MESSAGES:
        yield Problem(_MESSAGES[kind](context, value), location, unknown=kind in _OF_CHOICES)
    else:
        yield Problem(str(item["msg"]), location)


def _split(path: str) -> Iterator[str | int]:
    """`map[0].source` -> map, 0, source."""
    for part in path.replace("[", ".[").strip(".").split("."):
        yield int(part[1:-1]) if part.startswith("[") else part


def _mismatch(context: Context, value: Any) -> str:
    pattern = context["pattern"]
    return f"must be {MEANING.get(pattern, f'a match of {pattern}')}, found {shown(value)}"


def _no_string(_: Context, value: Any) -> str:
    hint = f"; quote it: {shown(json.dumps(value))}" if isinstance(value, bool | int | float) else ""
    return f"must be a string, found {shown(value)}{hint}"


def _wanted(what: str) -> Callable[[Context, Any], str]:
    return lambda context, value: f"must be {what.format_map(context)}, found {shown(value)}"


def _counted(what: str, things: str) -> Callable[[Context, Any], str]:
    return lambda context, value: f"must have at {what.format_map(context)} {things}, found {len(value)}"


_OF_CHOICES = frozenset({"literal_error", "enum"})

_MESSAGES: dict[str, Callable[[Context, Any], str]] = {
    "missing": lambda _, __: "is required",
    "literal_error": _wanted("{expected}"),
    "enum": _wanted("{expected}"),
    "string_type": _no_string,
    "string_pattern_mismatch": _mismatch,
    "string_too_long": _counted("most {max_length}", "characters"),
    "string_too_short": _counted("least {min_length}", "characters"),
    "too_long": _counted("most {max_length}", "entries"),
    "too_short": _counted("least {min_length}", "entries"),
    "greater_than_equal": _wanted("at least {ge}"),
    "less_than_equal": _wanted("at most {le}"),
    "int_type": _wanted("a whole number"),
    "bool_type": _wanted("true or false"),
    "tuple_type": _wanted("a list"),
    "dict_type": _wanted("a mapping"),
    "model_type": _wanted("a mapping"),
    "model_attributes_type": _wanted("a mapping"),
    "value_error": lambda context, _: str(context["error"]),
}
