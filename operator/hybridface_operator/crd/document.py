"""The CustomResourceDefinition as a whole: names, columns, and the models' schema with its rules."""

from __future__ import annotations

import json
from typing import Any

from hybridface_operator.spec.job import API_VERSION, KIND, FaceSwapJob, FaceSwapJobSpec
from hybridface_operator.spec.status import FaceSwapJobStatus
from hybridface_operator.spec.types import MEANING, TIME

from .descriptions import descriptions
from .rules import LISTS, OF_FIELDS, OF_NAME, Rule, matches, of_change
from .schema import Schema, re2, structural, walk

GROUP, VERSION = API_VERSION.split("/")
PLURAL = "faceswapjobs"

COLUMNS: tuple[dict[str, Any], ...] = (
    {"name": "Phase", "type": "string", "jsonPath": ".status.phase"},
    {"name": "Pool", "type": "string", "jsonPath": ".status.placement.pools"},
    {"name": "Progress", "type": "string", "jsonPath": ".status.progress.text"},
    {"name": "Rule", "type": "string", "jsonPath": ".status.placement.rule", "priority": 1},
    {"name": "Price", "type": "string", "jsonPath": ".status.placement.price", "priority": 1},
    {"name": "Sensitivity", "type": "string", "jsonPath": ".spec.sensitivity", "priority": 1},
    {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
)
"""Of `kubectl get`; those with priority 1 only with `-o wide`."""

_IN_WORDS = {re2(pattern): pattern for pattern in MEANING if pattern != TIME}
"""Patterns by what the schema has of them. A time is no text to CEL: its format speaks for itself."""


def document() -> dict[str, Any]:
    """The definition, as plain values that share nothing."""
    names = {"kind": KIND, "listKind": f"{KIND}List", "plural": PLURAL, "singular": KIND.lower()}
    version = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "additionalPrinterColumns": list(COLUMNS),
        "schema": {"openAPIV3Schema": _schema()},
    }
    whole = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{PLURAL}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {**names, "shortNames": ["fsj"], "categories": ["all"]},
            "versions": [version],
        },
    }
    unshared: dict[str, Any] = json.loads(json.dumps(whole))  # a writer of YAML makes anchors of what is there twice
    return unshared


def _schema() -> Schema:
    spec, status = structural(FaceSwapJobSpec), structural(FaceSwapJobStatus)
    _say_rules(spec)
    properties = {
        "apiVersion": {"type": "string", "description": _described("api_version")},
        "kind": {"type": "string", "description": _described("kind")},
        "metadata": {"type": "object"},  # an API server describes it, and takes no other word
        "spec": spec,
        "status": status | {"default": {}},
    }
    schema: Schema = {"description": FaceSwapJob.__doc__, "type": "object", "required": ["spec"]}
    schema |= {"properties": properties, "x-kubernetes-validations": list(OF_NAME)}
    for path, node in walk(schema):
        node.update(LISTS.get(path, {}))
    return schema


def _say_rules(spec: Schema) -> None:
    """Adds the rules of every field below the specification."""
    for path, node in walk(spec):
        pattern = _IN_WORDS.get(node.get("pattern", ""))
        _add(node, () if pattern is None else (matches(pattern),))
        _add(node, OF_FIELDS.get(path, ()))
    for field, node in spec["properties"].items():
        always_there = field in spec["required"] or "default" in node
        of_field, of_spec = of_change(field, always_there=always_there)
        _add(node, of_field)
        _add(spec, of_spec)


def _add(node: Schema, rules: tuple[Rule, ...]) -> None:
    if rules:
        node["x-kubernetes-validations"] = [*node.get("x-kubernetes-validations", ()), *rules]


def _described(field: str) -> str:
    return descriptions(FaceSwapJob)[field]
