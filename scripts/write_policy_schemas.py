"""Rewrites policies/*.schema.json from the models: for editors, and for who writes these documents by program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hybridface_operator.crd.descriptions import Described
from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.policy.policy import Policy
from hybridface_operator.policy.quotes import Quote
from hybridface_operator.policy.tenants import Tenants
from hybridface_worker.contract.document import Document

FOLDER = Path(__file__).resolve().parents[1] / "policies"

MODELS: dict[str, type[Document]] = {"inventory": Inventory, "policy": Policy, "price": Quote, "tenants": Tenants}


def schema_text(name: str) -> str:
    """The file `<name>.schema.json` as it is to be."""
    schema = plain(MODELS[name].model_json_schema(schema_generator=Described))
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": MODELS[name].__name__}
    return json.dumps(head | schema, indent=2, ensure_ascii=False) + "\n"


def plain(schema: Any) -> Any:
    """Without titles that repeat the names of fields, and without null for what may as well be left out.

    The formats are words of docs/reference/formats.md, and JSON Schema has other ones; patterns say the same.
    """
    if isinstance(schema, list):
        return [plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if {"type": "null"} in schema.get("anyOf", ()):
        (present,) = (option for option in schema["anyOf"] if option != {"type": "null"})
        return plain({**present, **{key: schema[key] for key in ("description",) if key in schema}})
    closed = {"additionalProperties": False} if "patternProperties" in schema else {}  # else any other key would do
    return {key: plain(value) for key, value in schema.items() if not _says_nothing(key, value)} | closed


def _says_nothing(key: str, value: Any) -> bool:
    """A title, a format, or a mapping's default, which is that of its fields. Fields may have these names too."""
    is_field = isinstance(value, dict) and not value.keys().isdisjoint({"$ref", "type"})
    return (key in {"title", "format"} and isinstance(value, str)) or (
        key == "default" and isinstance(value, dict) and not is_field
    )


def main() -> None:
    """Rewrites the files in place."""
    for name in MODELS:
        (FOLDER / f"{name}.schema.json").write_text(schema_text(name))


if __name__ == "__main__":
    main()
