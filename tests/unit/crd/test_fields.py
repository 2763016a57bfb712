"""Field by field: the committed definition against the models, read here without pydantic's own JSON Schema."""

from __future__ import annotations

import enum
import types
import typing
from typing import Annotated, Any, Literal, get_args, get_origin

import pytest
import yaml
from annotated_types import Ge, Le, Lt, MaxLen, MinLen
from pydantic import AfterValidator, BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from hybridface_operator.crd.schema import re2, walk
from hybridface_operator.spec.job import FaceSwapJobSpec
from hybridface_operator.spec.status import FaceSwapJobStatus
from hybridface_operator.spec.types import TIME
from support.jobs import fields
from write_crd import PATH

SCHEMA = yaml.safe_load(PATH.read_text())["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
NODES = dict(walk(SCHEMA))
FIELDS = {
    **dict(fields(FaceSwapJobSpec, "spec")),
    **dict(fields(FaceSwapJobStatus, "status")),
    "spec": dict(fields())["spec"],
}
JSON_TYPES = {str: "string", int: "integer", bool: "boolean", tuple: "array", dict: "object"}


def opened(annotation: Any, found: list[Any]) -> Any:
    """A type without `Annotated` and `| None`; what is said beside it goes to `found`."""
    if get_origin(annotation) is Annotated:
        inner, *beside = get_args(annotation)
        for each in beside:
            found += each.metadata if isinstance(each, FieldInfo) else [each]
        return opened(inner, found)
    if get_origin(annotation) in (typing.Union, types.UnionType):
        (inner,) = (option for option in get_args(annotation) if option is not type(None))
        return opened(inner, found)
    return annotation


def choices(kind: Any) -> list[Any] | None:
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    return [each.value for each in kind] if isinstance(kind, type) and issubclass(kind, enum.Enum) else None


def json_type(kind: Any) -> str:
    of_choices = choices(kind)
    if of_choices:
        return JSON_TYPES[type(of_choices[0])]
    plain = get_origin(kind) or kind
    return "object" if issubclass(plain, BaseModel) else JSON_TYPES[plain]


def bound(beside: list[Any], kind: type, attribute: str) -> Any:
    """The closest such bound; pydantic merges them, the last one wins."""
    return next((getattr(each, attribute) for each in reversed(beside) if isinstance(each, kind)), None)


def check(node: dict[str, Any], annotation: Any, beside: list[Any]) -> None:
    kind = opened(annotation, beside)
    assert node["type"] == json_type(kind)
    assert node.get("enum") == choices(kind)
    sizes = {"array": ("minItems", "maxItems"), "object": ("", "maxProperties")}.get(
        node["type"], ("minLength", "maxLength")
    )
    assert node.get(sizes[0]) == bound(beside, MinLen, "min_length")
    assert node.get(sizes[1]) == bound(beside, MaxLen, "max_length")
    assert node.get("minimum") == bound(beside, Ge, "ge")
    assert node.get("maximum") == bound(beside, Le, "le")
    assert bound(beside, Lt, "lt") in (None, 2**63)
    pattern = next((p for each in beside if (p := getattr(each, "pattern", None))), None)
    assert node.get("pattern") == (None if pattern is None else re2(pattern))
    assert node.get("format") == ("date-time" if pattern == TIME else {"integer": "int64"}.get(node["type"]))
    if get_origin(kind) is tuple:
        check(node["items"], get_args(kind)[0], [])
    elif get_origin(kind) is dict:
        check(node["additionalProperties"], get_args(kind)[1], [])
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        assert list(node["properties"]) == [field.alias for field in kind.model_fields.values()]
        required = [field.alias for field in kind.model_fields.values() if field.is_required()]
        assert node.get("required", []) == required


def default_in_schema(default: Any) -> Any:
    if isinstance(default, BaseModel):
        inner = {
            field.alias: default_in_schema(getattr(default, name)) for name, field in type(default).model_fields.items()
        }
        return {name: value for name, value in inner.items() if value is not None}
    default = list(default) if isinstance(default, tuple) else default
    return None if default in ("", [], {}, PydanticUndefined) else default


def test_no_field_is_missing_and_none_is_made_up():
    named = {path for path in NODES if not path.endswith(("[]", "{}"))}
    assert named - {"", "apiVersion", "kind", "metadata", "status"} == set(FIELDS)


@pytest.mark.parametrize("path", FIELDS)
def test_a_field_is_in_the_definition_as_it_is_in_the_model(path):
    field, node = FIELDS[path], NODES[path]
    check(node, field.annotation, list(field.metadata))
    assert node["description"] == " ".join((field.description or "").split())
    assert node.get("default") == default_in_schema(field.default)


@pytest.mark.parametrize("path", FIELDS)
def test_what_a_model_checks_in_code_is_said_in_cel_or_by_the_format(path):
    field, node = FIELDS[path], NODES[path]
    beside = list(field.metadata)
    kind = opened(field.annotation, beside)
    in_code = any(isinstance(each, AfterValidator) for each in beside) or (
        isinstance(kind, type)
        and issubclass(kind, BaseModel)
        and any(each.info.mode == "after" for each in kind.__pydantic_decorators__.model_validators.values())
    )
    unique = node.get("x-kubernetes-list-type") in ("map", "set")
    of_its_own = [each for each in node.get("x-kubernetes-validations", ()) if "oldSelf" not in each["rule"]]
    assert not in_code or unique or of_its_own or node.get("format") == "date-time"
