"""The JSON Schemas in policies/: what the models say, for editors and other programs."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from support.json_schema import broken
from support.policies import EXAMPLES
from write_policy_schemas import MODELS, schema_text

GOLDEN = EXAMPLES.parent / "tests/data/formats"
FILES = {
    "inventory.yaml": "inventory",
    "policy.yaml": "policy",
    "tenants.yaml": "tenants",
    **{f"prices/{file.name}": "price" for file in sorted((EXAMPLES / "prices").iterdir())},
}


def schema(name: str) -> Any:
    return json.loads((EXAMPLES / f"{name}.schema.json").read_text())


def example(name: str) -> Any:
    return yaml.safe_load((EXAMPLES / name).read_text())


@pytest.mark.parametrize("name", MODELS)
def test_a_schema_is_that_of_its_model(name):
    assert (EXAMPLES / f"{name}.schema.json").read_text() == schema_text(name), "run scripts/write_policy_schemas.py"


def test_there_is_a_schema_for_every_model_and_no_other():
    assert sorted(file.name for file in EXAMPLES.glob("*.schema.json")) == [f"{name}.schema.json" for name in MODELS]


@pytest.mark.parametrize("file", FILES)
def test_an_example_is_valid_by_its_schema(file):
    assert broken(schema(FILES[file]), example(file)) == []


@pytest.mark.parametrize("name", MODELS)
def test_a_golden_document_is_valid_by_its_schema(name):
    assert broken(schema(name), json.loads((GOLDEN / f"{name}.json").read_text())) == []


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("policy.yaml", {"defalt": {}}, "$.defalt: unknown"),
        ("policy.yaml", {"default": {"place": []}}, "$.default.place: minItems"),
        ("policy.yaml", {"limits": {"dwell": "5 minutes"}}, "$.limits.dwell: pattern"),
        ("policy.yaml", {"limits": {"maxCpuPods": "8"}}, "$.limits.maxCpuPods: no integer"),
        ("policy.yaml", {"pools": {"AWS": {}}}, "$.pools.AWS: unknown"),
        ("policy.yaml", {"pools": {"aws": {"maxPricePerGpuHour": "NaN"}}}, "$.pools.aws.maxPricePerGpuHour: pattern"),
        ("inventory.yaml", {"privateNodes": {"key": "zone", "value": "x"}}, "$.privateNodes.key: pattern"),
        ("tenants.yaml", {"grants": [{"namespace": "A"}]}, "$.grants[0].namespace: pattern"),
        ("tenants.yaml", {"version": 2}, "$.version: const"),
        ("prices/aws-spot.json", {"currency": "usd"}, "$.currency: pattern"),
        ("prices/aws-spot.json", {"observedAt": "yesterday"}, "$.observedAt: pattern"),
    ],
)
def test_a_schema_tells_what_is_wrong(file, change, said):
    assert broken(schema(FILES[file]), example(file) | change) == [said]


def test_fields_are_described_and_nothing_is_merely_titled():
    for name in MODELS:
        assert schema_text(name).count('"title"') == 1
        for fields in (
            part["properties"]
            for part in [schema(name), *schema(name).get("$defs", {}).values()]
            if "properties" in part
        ):
            assert all(field["description"] for field in fields.values())
