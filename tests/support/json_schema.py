"""The part of JSON Schema that our schemas use, checked strictly: a keyword that is not known here is an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
}
_BOUNDS: dict[str, Callable[[Any, Any], bool]] = {
    "const": lambda value, bound: value == bound,
    "enum": lambda value, bound: value in bound,
    "pattern": lambda value, bound: re.search(bound, value) is not None,
    "minLength": lambda value, bound: len(value) >= bound,
    "maxLength": lambda value, bound: len(value) <= bound,
    "minItems": lambda value, bound: len(value) >= bound,
    "maxItems": lambda value, bound: len(value) <= bound,
    "minProperties": lambda value, bound: len(value) >= bound,
    "maxProperties": lambda value, bound: len(value) <= bound,
    "minimum": lambda value, bound: value >= bound,
    "maximum": lambda value, bound: value <= bound,
}
_WALKED = {"$ref", "type", "properties", "patternProperties", "additionalProperties", "propertyNames", "items"}
_SAID = {"$schema", "$defs", "title", "description", "default", "required"}


def broken(schema: dict[str, Any], value: Any) -> list[str]:
    """What of the schema a value breaks; empty where it is valid."""
    return list(_broken(schema, value, "$", schema.get("$defs", {})))


def _broken(schema: Any, value: Any, at: str, definitions: dict[str, Any]) -> Iterator[str]:
    assert schema.keys() <= _WALKED | _SAID | _BOUNDS.keys(), f"{at}: what is {schema.keys()}?"
    if "$ref" in schema:
        yield from _broken(definitions[schema["$ref"].removeprefix("#/$defs/")], value, at, definitions)
    if "type" in schema and not _TYPES[schema["type"]](value):
        yield f"{at}: no {schema['type']}"
        return
    for keyword, holds in _BOUNDS.items():
        if keyword in schema and not holds(value, schema[keyword]):
            yield f"{at}: {keyword}"
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _broken(schema["items"], item, f"{at}[{index}]", definitions)
    if isinstance(value, dict):
        yield from _broken_mapping(schema, value, at, definitions)


def _broken_mapping(schema: Any, value: dict[str, Any], at: str, definitions: dict[str, Any]) -> Iterator[str]:
    for field in schema.get("required", ()):
        if field not in value:
            yield f"{at}: no {field}"
    for name, item in value.items():
        yield from _broken(schema.get("propertyNames", {}), name, f"{at}.{name}", definitions)
        below = [sub for field, sub in schema.get("properties", {}).items() if field == name]
        below += [sub for pattern, sub in schema.get("patternProperties", {}).items() if re.search(pattern, name)]
        rest = schema.get("additionalProperties", True)
        if not below and rest is False:
            yield f"{at}.{name}: unknown"
        elif not below and isinstance(rest, dict):
            below = [rest]
        for sub in below:
            yield from _broken(sub, item, f"{at}.{name}", definitions)
