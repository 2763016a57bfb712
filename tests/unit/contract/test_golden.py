"""Golden files: what has been written once is read for ever, and written again as the same bytes."""

from __future__ import annotations

import hashlib
import json

import pytest

from hybridface_operator.aftermath.webhook import Notification, Notified
from hybridface_operator.consul_kv.policy_state import KeptPolicy
from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.policy.policy import Policy
from hybridface_operator.policy.price import Quote
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
from write_formats import GOLDEN, models

DOCUMENTS: dict[str, type[Document]] = {
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


def text(name):
    return (GOLDEN / f"{name}.json").read_text()


def canonical(name):
    return (json.dumps(json.loads(text(name)), separators=(",", ":"), ensure_ascii=False) + "\n").encode()


def read(name):
    return DOCUMENTS[name].from_bytes(text(name), name)


def test_there_is_a_model_for_every_golden_file():
    assert sorted(DOCUMENTS) == sorted(file.stem for file in GOLDEN.iterdir())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_golden_file_is_read_and_written_as_the_same_bytes(name):
    document = read(name)
    assert document.to_bytes() == canonical(name)
    assert DOCUMENTS[name].from_bytes(document.to_bytes(), name) == document


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_digest_is_that_of_the_stored_bytes(name):
    assert read(name).digest() == hashlib.sha256(canonical(name)).hexdigest()


def test_the_plan_names_the_inputs_that_it_rests_on():
    assert Plan.from_bytes(text("plan"), "plan").inputs_sha256 == read("inputs").digest()


def test_the_decision_rests_on_the_inventory_policy_and_facts_beside_it():
    decision = DecisionRecord.from_bytes(text("decision"), "decision")
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

    for name in DOCUMENTS:
        walk(read(name))
    missing = {name: set(model.model_fields) - shown[name] for name, model in models().items()}
    assert not {name: fields for name, fields in missing.items() if fields}
