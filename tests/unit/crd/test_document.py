"""The definition as a whole: what an API server and its users expect of it."""

from __future__ import annotations

from typing import Any

import pytest

import write_crd
from hybridface_operator.crd import document
from hybridface_operator.crd.schema import UnboundedError, structural, walk
from hybridface_operator.spec.immutable import MUTABLE
from hybridface_operator.spec.model import SpecModel

VERSION = document()["spec"]["versions"][0]
SCHEMA = VERSION["schema"]["openAPIV3Schema"]
NODES = dict(walk(SCHEMA))
SPEC = NODES["spec"]


def rules(node: dict[str, Any]) -> list[str]:
    return [each["rule"] for each in node.get("x-kubernetes-validations", ())]


def test_the_file_is_what_the_models_say():
    assert write_crd.PATH.read_text() == write_crd.text(), "run scripts/write_crd.py"


def test_it_can_be_asked_for_by_short_name_and_with_all():
    names = document()["spec"]["names"]
    assert (names["plural"], names["shortNames"], names["categories"]) == ("faceswapjobs", ["fsj"], ["all"])


def test_status_is_written_by_itself():
    assert VERSION["subresources"] == {"status": {}}


def test_columns_show_what_is_asked_first_and_the_rest_when_wide():
    columns = VERSION["additionalPrinterColumns"]
    narrow = [column["name"] for column in columns if not column.get("priority")]
    wide = [column["name"] for column in columns if column.get("priority") == 1]
    assert narrow == ["Phase", "Pool", "Progress", "Age"]
    assert wide == ["Rule", "Price", "Sensitivity"]


def test_every_column_shows_a_field():
    shown = [column["jsonPath"].removeprefix(".") for column in VERSION["additionalPrinterColumns"]]
    assert [path for path in shown if path not in NODES] == ["metadata.creationTimestamp"]


@pytest.mark.parametrize("path", NODES)
def test_every_node_is_described_structural_and_bounded(path):
    node = NODES[path]
    if path != "metadata" and not path.endswith(("[]", "{}")):
        assert node["description"].endswith((".", "`"))
    assert not {"$ref", "anyOf", "allOf", "oneOf", "nullable", "x-kubernetes-preserve-unknown-fields"} & set(node)
    match node["type"]:
        case "array":
            assert node["maxItems"] <= 256
        case "string" if path.startswith(("spec", "status")):
            assert "enum" in node or node["maxLength"] <= 2048
        case "object" if "additionalProperties" in node:
            assert node["maxProperties"] <= 32


@pytest.mark.parametrize("field", SPEC["properties"])
def test_a_field_may_change_only_where_it_decides_no_byte(field):
    held = "self == oldSelf" in rules(SPEC["properties"][field])
    assert held is (field not in MUTABLE)


def test_an_optional_field_that_may_not_change_is_neither_added_nor_taken_away():
    optional = {
        field
        for field, node in SPEC["properties"].items()
        if field not in MUTABLE and field not in SPEC["required"] and "default" not in node
    }
    assert optional == {"notify"}
    assert "has(self.notify) == has(oldSelf.notify)" in rules(SPEC)


def test_an_object_that_nobody_has_looked_at_is_not_ready():
    status = NODES["status"]
    assert status["default"] == {}
    assert status["properties"]["observedGeneration"]["default"] == -1
    assert status["properties"]["phase"]["default"] == "Pending"


def test_a_field_without_a_bound_is_refused():
    class Endless(SpecModel):
        words: tuple[str, ...]

    with pytest.raises(UnboundedError, match=r"Endless.words\[\] has no maxLength"):
        structural(Endless)
