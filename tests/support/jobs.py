"""Manifests to start from, and the fields of the schema by their paths."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from hybridface_operator.crd.descriptions import descriptions
from hybridface_operator.spec.job import FaceSwapJob

SMALLEST: dict[str, Any] = {
    "apiVersion": "hybridface.dev/v1alpha1",
    "kind": "FaceSwapJob",
    "metadata": {"name": "small"},
    "spec": {
        "sources": [{"name": "actor", "images": [{"uri": "s3://faces/actor.jpg"}]}],
        "targets": [{"name": "clip", "uri": "s3://inbox/clip.mp4"}],
        "output": {"uri": "s3://results/small/"},
        "consent": {"reference": "contract 1"},
    },
}


def manifest(**spec: Any) -> dict[str, Any]:
    """The smallest manifest with fields of its spec set; None takes one away."""
    body = copy.deepcopy(SMALLEST)
    body["spec"].update(copy.deepcopy(spec))
    body["spec"] = {field: value for field, value in body["spec"].items() if value is not None}
    return body


def job(**spec: Any) -> FaceSwapJob:
    """The smallest job with fields of its spec set."""
    return FaceSwapJob.model_validate(manifest(**spec))


def fields(model: type[BaseModel] = FaceSwapJob, path: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every field below a model, as `spec.sources[].name`, described; models in between come before what is in them."""
    for name, field in model.model_fields.items():
        at = f"{path}.{field.alias or name}" if path else field.alias or name
        inner, is_list = _inner(field.annotation)
        described = copy.copy(field)
        described.description = descriptions(model).get(name)
        yield at, described
        if inner is not None:
            yield from fields(inner, at + ("[]" if is_list else ""))


def default_of(field: FieldInfo) -> str:
    """The default as a reference page shows it; empty where there is none."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or value is PydanticUndefined or isinstance(value, BaseModel) or value in ((), {}):
        return ""
    if isinstance(value, tuple):
        return f"`[{', '.join(value)}]`"
    is_quoted = isinstance(value, str) and value[0].isdigit()
    return f"`{json.dumps(value) if is_quoted or not isinstance(value, str) else value}`"


def _inner(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    for argument in get_args(annotation):
        inner, is_list = _inner(argument)
        if inner is not None:
            return inner, is_list or getattr(annotation, "__origin__", None) is tuple
    return None, False
