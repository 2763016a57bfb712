"""What the models check in code, said in CEL: addresses, names, rules between fields, what may not change.

A message says what to do; the API server puts the field's path before it.
"""

from __future__ import annotations

from typing import Any

from hybridface_operator.spec.immutable import MUTABLE
from hybridface_operator.spec.metadata import MAX_NAME_LENGTH
from hybridface_operator.spec.types import DNS_LABEL, MEANING, OPTION_NAME

from .schema import re2

Rule = dict[str, str]


def rule(expression: str, message: str, **more: str) -> Rule:
    """An entry of `x-kubernetes-validations`."""
    return {"rule": expression, "message": message, **more}


def matches(pattern: str) -> Rule:
    """That the value matches, in words beside the pattern itself."""
    return rule(f"self.matches({raw(re2(pattern))})", f"must be {MEANING[pattern]}")


def raw(text: str) -> str:
    """A string literal of CEL in which backslashes stand for themselves."""
    if "'" in text:
        raise ValueError(f"{text!r} cannot stand between single quotes")
    return f"r'{text}'"


LITERAL: tuple[Rule, ...] = (
    rule(
        r"self.matches(r'^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/|$)')",
        "must be s3://bucket/key, the bucket 3 to 63 of a-z, 0-9, dots and dashes; "
        "file:// and plain paths are for `hybridface run` alone",
    ),
    rule(r"!self.matches(r'[*?$%]')", "is literal and may not hold * ? $ or %: rename the object"),
    rule("!self.contains('..')", "may not hold `..`: write the key that is meant"),
    rule(
        r"!self.matches(r'(?s)^s3://.*//|/\.(/|$)')", "may not have empty segments or `.`: write the key that is meant"
    ),
    rule(r"!self.matches(r'[\x00-\x1f\x7f-\x{9f}]')", "may not hold control characters: rename the object"),
    rule("self == self.trim()", "may not begin or end with a space: take it away"),
)
"""Of every address: nothing that a storage policy would read as a wildcard, or that leads elsewhere."""

ONE_OBJECT = rule(r"!self.matches(r'/$|^s3://[^/]*$')", "is a folder; one image is wanted: give its whole key")

_SELECTED_BY_REFERENCE = rule(
    "self.select != 'reference' || has(self.reference)",
    "is required with select: reference",
    fieldPath=".reference",
    reason="FieldValueRequired",
)
_REFERENCE_HAS_EFFECT = rule(
    "self.select == 'reference' || !has(self.reference)",
    "has no effect without select: reference; set that or leave it out",
    fieldPath=".reference",
    reason="FieldValueForbidden",
)
_MAP_SELECTS = rule(
    "!has(self.map) || self.select == 'all'",
    "excludes select: largest or reference; the map's references select",
    fieldPath=".map",
    reason="FieldValueForbidden",
)
_ONE_SOURCE_FOR_A_PERSON = rule(
    "!has(self.map) || self.map.all(m, self.map.all(n, m.reference.uri != n.reference.uri || m.source == n.source))",
    "names one reference for two sources; take one out",
    fieldPath=".map",
)
_MAPPED_SOURCES_EXIST = rule(
    "!has(self.faces.map) || self.faces.map.all(m, self.sources.exists(s, s.name == m.source))",
    "every source must be the name of one of spec.sources",
    fieldPath=".faces.map",
)
_SOURCES_ARE_MAPPED = rule(
    "!has(self.faces.map) || self.sources.all(s, self.faces.map.exists(m, m.source == s.name))",
    "every source must be in an entry of spec.faces.map, else it would not be used",
    fieldPath=".sources",
)

_OCCLUSION_IS_FOUND = rule(
    "!('occlusion' in self.blend.mask) || self.models.occluder != 'none'",
    "is required with the mask occlusion: name a model that finds what covers faces",
    fieldPath=".models.occluder",
    reason="FieldValueRequired",
)

OF_NAME: tuple[Rule, ...] = (
    rule(
        f"size(self.metadata.name) <= {MAX_NAME_LENGTH}",
        f"metadata.name must have at most {MAX_NAME_LENGTH} characters: names of Jobs and pods are made of it",
    ),
    rule(f"self.metadata.name.matches({raw(DNS_LABEL)})", f"metadata.name must be {MEANING[DNS_LABEL]}"),
)
"""Of the object itself."""

OF_FIELDS: dict[str, tuple[Rule, ...]] = {
    "": (_MAPPED_SOURCES_EXIST, _SOURCES_ARE_MAPPED, _OCCLUSION_IS_FOUND),
    "sources[].images[].uri": (*LITERAL, ONE_OBJECT),
    "targets[].uri": LITERAL,
    "output.uri": LITERAL,
    "output.video.options": (
        rule(
            f"self.all(name, size(name) <= 64 && name.matches({raw(OPTION_NAME)}))",
            f"every option must have {MEANING[OPTION_NAME]}, of at most 64 characters",
        ),
    ),
    "faces": (_SELECTED_BY_REFERENCE, _REFERENCE_HAS_EFFECT, _MAP_SELECTS, _ONE_SOURCE_FOR_A_PERSON),
    "faces.reference.uri": (*LITERAL, ONE_OBJECT),
    "faces.map[].reference.uri": (*LITERAL, ONE_OBJECT),
    "completeWithin": (rule("self.matches('[1-9]')", "must be longer than 0 s"),),
}
"""By the path below `spec`."""

LISTS: dict[str, dict[str, Any]] = {
    "spec.sources": {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]},
    "spec.targets": {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]},
    "spec.blend.mask": {"x-kubernetes-list-type": "set"},
    "status.conditions": {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]},
    "status.placement.shares": {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["pool"]},
    "status.placement.verdicts": {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["pool"]},
    "status.usage.gpuSeconds": {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["pool"]},
    "status.usage.cost": {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["pool"]},
}
"""Lists whose entries differ by a key or by themselves. The others are replaced whole."""


def of_change(field: str, *, always_there: bool) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """What holds when a job is changed: rules of a field of the specification, and of the specification for it."""
    if field in MUTABLE:
        return (), ()
    message = "cannot change after creation: make another FaceSwapJob"
    same = rule("self == oldSelf", message, reason="FieldValueForbidden")
    if always_there:
        return (same,), ()
    stays = f"has(self.{field}) == has(oldSelf.{field})"
    return (same,), (rule(stays, f"{field} cannot be added or taken away after creation: make another FaceSwapJob"),)
