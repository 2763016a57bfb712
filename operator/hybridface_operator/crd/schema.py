"""From pydantic's JSON Schema to the structural schema of an API server. Knows no field by name.

Structural: no references, one type for each node, nothing that is null. Closed: unknown fields are pruned, or refused
where the client asks for it, as kubectl does. Every list, string and map has an upper bound, which CEL needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from hybridface_operator.spec.types import TIME

from .descriptions import Described

Schema = dict[str, Any]

_KEPT = ("minimum", "maximum", "minLength", "minItems", "maxItems", "pattern", "enum")


class UnboundedError(ValueError):
    """A field that an API server would have to take at any length."""


def structural(model: type[BaseModel]) -> Schema:
    """The schema of a model, every model within it written out."""
    whole = model.model_json_schema(mode="validation", schema_generator=Described)
    return _node(whole, whole.get("$defs", {}), model.__name__)


def walk(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Every node with its path, such as `sources[].images[].uri`; `{}` stands for the values of a map."""
    yield path, schema
    for name, inner in schema.get("properties", {}).items():
        yield from walk(inner, f"{path}.{name}" if path else name)
    if "items" in schema:
        yield from walk(schema["items"], f"{path}[]")
    if "additionalProperties" in schema:
        yield from walk(schema["additionalProperties"], f"{path}{{}}")


def _node(given: Mapping[str, Any], models: Mapping[str, Any], where: str) -> Schema:
    inner = _resolved(given, models)
    schema: Schema = {}
    if "description" in inner:
        schema["description"] = " ".join(inner["description"].split())
    schema["type"] = inner["type"]
    match inner["type"]:
        case "object":
            schema |= _object(inner, models, where)
        case "array":
            schema["items"] = _node(inner["items"], models, f"{where}[]")
            _require("maxItems", inner, where)
            schema["x-kubernetes-list-type"] = "atomic"
        case "string" if "enum" not in inner:
            _require("maxLength", inner, where)
            schema["maxLength"] = inner["maxLength"]
            if inner.get("pattern") == TIME:
                schema["format"] = "date-time"
        case "integer":  # its bounds are those of `format` where the model has none that are closer
            schema["format"] = "int64"
    schema |= {key: inner[key] for key in _KEPT if key in inner}
    if "pattern" in schema:
        schema["pattern"] = re2(schema["pattern"])
    return schema | _default(inner)


def re2(pattern: str) -> str:
    r"""A pattern of pydantic for Go, whose `\s` is ASCII alone."""
    return pattern.replace(r"\s", r"\s\x{85}\p{Z}")


def _resolved(given: Mapping[str, Any], models: Mapping[str, Any]) -> dict[str, Any]:
    """What a reference or an `X | None` stands for; what is said beside it wins."""
    inner = dict(given)
    if "anyOf" in inner:
        (option,) = (option for option in inner.pop("anyOf") if option.get("type") != "null")
        inner = {**option, **inner}
    if "$ref" in inner:
        inner = {**models[inner.pop("$ref").rpartition("/")[2]], **inner}
    return inner


def _object(inner: Mapping[str, Any], models: Mapping[str, Any], where: str) -> Schema:
    if "properties" in inner:
        fields = {name: _node(field, models, f"{where}.{name}") for name, field in inner["properties"].items()}
        return {"properties": fields} | ({"required": inner["required"]} if inner.get("required") else {})
    (values,) = inner.get("patternProperties", {"": inner.get("additionalProperties")}).values()
    _require("maxProperties", inner, where)
    return {"additionalProperties": _node(values, models, f"{where}{{}}"), "maxProperties": inner["maxProperties"]}


def _default(inner: Mapping[str, Any]) -> Schema:
    """A default, whole: rules are tried on it as it stands. What is empty or null is as good as absent: left out."""
    default = _filled(inner.get("default"))
    return {} if default is None else {"default": default}


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        value = {name: kept for name, inner in value.items() if (kept := _filled(inner)) is not None}
    return None if value in ("", [], {}) else value


def _require(bound: str, inner: Mapping[str, Any], where: str) -> None:
    if bound not in inner:
        raise UnboundedError(f"{where} has no {bound}")
