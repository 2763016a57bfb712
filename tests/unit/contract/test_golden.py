"""Golden files: what has been written once is read for ever, and written again as the same bytes."""

from __future__ import annotations

import hashlib
import json

import pytest

from hybridface_operator.routing.placement import DecisionRecord
from hybridface_worker.contract.document import Part
from hybridface_worker.contract.plan import Plan
from write_formats import EXAMPLES, GOLDEN, golden, models


def canonical(name):
    return (json.dumps(json.loads(golden(name)), separators=(",", ":"), ensure_ascii=False) + "\n").encode()


def read(name):
    return EXAMPLES[name].from_bytes(golden(name), name)


def test_there_is_a_model_for_every_golden_file():
    assert sorted(EXAMPLES) == sorted(file.stem for file in GOLDEN.iterdir())


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_golden_file_is_read_and_written_as_the_same_bytes(name):
    document = read(name)
    assert document.to_bytes() == canonical(name)
    assert EXAMPLES[name].from_bytes(document.to_bytes(), name) == document


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_digest_is_that_of_the_stored_bytes(name):
    assert read(name).digest() == hashlib.sha256(canonical(name)).hexdigest()


def test_the_plan_names_the_inputs_that_it_rests_on():
    assert Plan.from_bytes(golden("plan"), "plan").inputs_sha256 == read("inputs").digest()


def test_the_decision_rests_on_the_inventory_policy_and_facts_beside_it():
    decision = DecisionRecord.from_bytes(golden("decision"), "decision")
    assert (decision.inventory, decision.policy, decision.facts) == (read("inventory"), read("policy"), read("facts"))
    assert decision.policy_sha256 == read("policy").digest()


def test_the_golden_files_show_every_field_of_every_model():
    shown: dict[str, set[str]] = {name: set() for name in models()}

    def walk(value):
        if isinstance(value, Part):
            present = value.model_dump(exclude_none=True)
            shown[type(value).__name__] |= present.keys()
            for field in type(value).model_fields:
                walk(getattr(value, field))
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ():
            walk(item)

    for name in EXAMPLES:
        walk(read(name))
    missing = {name: set(model.model_fields) - shown[name] for name, model in models().items()}
    assert not {name: fields for name, fields in missing.items() if fields}
