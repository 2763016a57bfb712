"""Whether the models of documents still take all that they took when they were released."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

from freeze_formats import Fields

LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
CHOICES = ("anyOf", "oneOf", "enum", "const")
NESTED = ("items", "additionalProperties")


def complaints(model: str, then: Fields, now: Fields, *, closed: bool) -> Iterator[str]:
    """What is wrong with a model's fields now, each with what to do. `closed`: part of what work is done by."""
    for name, field in then.items():
        if name not in now:
            yield f"{model}.{name} was released: keep it, under this name, though nothing may be done by it any more"
        elif not takes(now[name], field):
            yield f"{model}.{name} no longer takes, or no longer means, what it did: {field} became {now[name]}"
    for name in now.keys() - then.keys():
        if now[name].get("required"):
            yield f"{model}.{name} is new, and what was released is without it: make it optional"
        elif closed and now[name].get("default", 0) is not None:
            yield f"{model}.{name} is new, and would always be written: let it be None where things are as they were"


def takes(now: Mapping[str, Any], then: Mapping[str, Any]) -> bool:
    """Whether a schema takes everything that another one took, and means the same where it is absent."""
    bounds = all(now.get(key, -inf) <= then.get(key, -inf) for key in LOWER) and all(
        now.get(key, inf) >= then.get(key, inf) for key in UPPER
    )
    nested = all(
        takes(now[key], then[key]) if isinstance(now.get(key), dict) and isinstance(then.get(key), dict) else True
        for key in NESTED
    )
    choices = all(any(takes(new, old) for new in _choices(now)) for old in _choices(then))
    return bounds and nested and choices and _rest(now) == _rest(then)


def _choices(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "const" in schema or "enum" in schema:
        return [{"value": value} for value in schema.get("enum", [schema.get("const")])]
    return list(schema.get("anyOf") or schema.get("oneOf") or ())


def _rest(schema: Mapping[str, Any]) -> dict[str, Any]:
    nested = [key for key in NESTED if isinstance(schema.get(key), dict)]
    return {key: each for key, each in schema.items() if key not in (*LOWER, *UPPER, *CHOICES, *nested)}
