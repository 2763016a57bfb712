"""Rewrites the tables and examples of docs/reference/formats.md from the models and the golden files.

A line `<!-- fields: Model -->` is followed by the table of that model, `<!-- example: name -->` by the golden file of
that name in tests/data/formats/
Everything else on the page is written by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic.fields import FieldInfo

from hybridface_operator.aftermath.webhook import Notification, Notified
from hybridface_operator.consul_kv.policy_state import KeptPolicy
from hybridface_operator.crd.descriptions import descriptions
from hybridface_operator.manifests.config import OperatorState
from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.policy.policy import Policy
from hybridface_operator.policy.quotes import Quote
from hybridface_operator.policy.tenants import Tenants
from hybridface_operator.reconciling.records import AttemptEnd
from hybridface_operator.routing.facts import Facts
from hybridface_operator.routing.placement import DecisionRecord
from hybridface_worker.contract.catalogue import Catalogue
from hybridface_worker.contract.document import Document, Part
from hybridface_worker.contract.inputs import Inputs
from hybridface_worker.contract.manifest import ChunkManifest, OutputIndex, OutputReport, TryMarker, WorkerExit
from hybridface_worker.contract.plan import Plan
from hybridface_worker.contract.probe import ProbeResult
from hybridface_worker.contract.task import Attempt

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/reference/formats.md"
GOLDEN = ROOT / "tests/data/formats"

EXAMPLES: dict[str, type[Document]] = {
    "attempt-end": AttemptEnd,
    "attempt-merge": Attempt,
    "attempt-probe": Attempt,
    "attempt-swap": Attempt,
    "catalogue": Catalogue,
    "chunk-manifest": ChunkManifest,
    "chunk-manifest-failed": ChunkManifest,
    "chunk-manifest-images": ChunkManifest,
    "decision": DecisionRecord,
    "facts": Facts,
    "inputs": Inputs,
    "inventory": Inventory,
    "kept-policy": KeptPolicy,
    "notification": Notification,
    "notified": Notified,
    "notified-given-up": Notified,
    "operator-state": OperatorState,
    "output-index": OutputIndex,
    "output-report": OutputReport,
    "output-report-failed": OutputReport,
    "plan": Plan,
    "policy": Policy,
    "price": Quote,
    "probe-result": ProbeResult,
    "tenants": Tenants,
    "try-marker": TryMarker,
    "worker-exit": WorkerExit,
}
"""The model of every golden file."""
DOCUMENTS = tuple(dict.fromkeys(EXAMPLES.values()))

_FIELDS = re.compile(r"(?P<marker><!-- fields: (?P<model>\w+) -->\n)(?:\n?(?:\|[^\n]*\n)+)?")
_EXAMPLE = re.compile(r"(?P<marker><!-- example: (?P<name>[\w-]+) -->\n)(?:\n?```json\n.*?\n```\n)?", re.DOTALL)
_MOST_VALUES = 12
"""An enumeration with more has a section of its own."""
_PLAIN = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}


def parts_of(annotation: Any) -> Iterator[type[Part]]:
    """The parts that a field's annotation names."""
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for argument in get_args(annotation):
        yield from parts_of(argument)


def models() -> dict[str, type[Part]]:
    """Every model that a document is made of, by name."""
    found: dict[str, type[Part]] = {}
    waiting: list[type[Part]] = list(reversed(DOCUMENTS))
    while waiting:
        model = waiting.pop()
        if model.__name__ not in found:
            found[model.__name__] = model
            waiting += [part for field in model.model_fields.values() for part in parts_of(field.annotation)]
    return found


def table(model: type[Part]) -> str:
    """A row for each field of the model."""
    schema = model.model_json_schema(mode="serialization")
    properties = schema["properties"]
    rows = ["| field | holds | if absent | meaning |", "|---|---|---|---|"]
    said = descriptions(model)
    for name, field in model.model_fields.items():
        alias, meaning = field.alias or "", " ".join(said.get(name, "").split())
        rows.append(
            f"| `{alias}` | {_type(properties[alias], schema.get('$defs', {}))} | {_absent(field)} | {meaning} |"
        )
    return "\n".join(rows) + "\n"


def rewritten(page: str) -> str:
    """The page with its tables and examples as they are to be."""
    known = models()
    page = _FIELDS.sub(lambda found: f"{found['marker']}\n{table(known[found['model']])}", page)
    return _EXAMPLE.sub(lambda found: f"{found['marker']}\n```json\n{golden(found['name'])}```\n", page)


def golden(name: str) -> str:
    """The text of a golden file."""
    return (GOLDEN / f"{name}.json").read_text()


def _type(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        few = len(definitions[name].get("enum", ())) in range(1, _MOST_VALUES)
        return _type(definitions[name], definitions) if few else f"[{name}](#{name.lower()})"
    if "format" in schema:
        return str(schema["format"])
    if "const" in schema or "enum" in schema:
        return _choice(f"`{json.dumps(value)}`" for value in schema.get("enum", [schema.get("const")]))
    if "anyOf" in schema or "oneOf" in schema:
        options = schema.get("anyOf") or schema["oneOf"]
        return _choice(_type(option, definitions) for option in options if option.get("type") != "null")
    if schema.get("type") == "array":
        if "prefixItems" in schema:
            return f"{len(schema['prefixItems'])} times {_type(schema['prefixItems'][0], definitions)}"
        return f"list of {_type(schema['items'], definitions)}"
    if schema.get("type") == "object":
        (values,) = schema.get("patternProperties", {"": schema.get("additionalProperties")}).values()
        return f"by name: {_type(values, definitions)}"
    return _PLAIN[schema["type"]]


def _choice(options: Iterator[str]) -> str:
    *first, last = options
    return f"{', '.join(first)} or {last}" if first else last


def _absent(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.default
    if default is None:
        return ""
    if isinstance(default, Part):
        return "all defaults"
    return f"`{json.dumps(default, default=str)}`"


def main() -> None:
    """Rewrites the page in place."""
    PAGE.write_text(rewritten(PAGE.read_text()))


if __name__ == "__main__":
    main()
