"""docs/reference/formats.md says of every document what the models say, field by field."""

from __future__ import annotations

import re

import pytest

import write_formats
from hybridface_operator.crd.descriptions import descriptions
from hybridface_worker.contract.events import Event
from hybridface_worker.contract.reasons import Reason
from write_formats import DOCUMENTS, GOLDEN, PAGE

TEXT = PAGE.read_text()
MODELS = write_formats.models()


def section(heading):
    """What stands under a heading, up to the next one of any level."""
    return re.split(r"^#+ ", TEXT.partition(f"# {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


@pytest.mark.parametrize("name", MODELS)
def test_a_model_has_a_section_with_each_of_its_fields_and_no_other(name):
    rows = re.findall(r"^\| `(\w+)` \|.*\| (.+) \|$", section(name), re.MULTILINE)
    assert [field for field, _ in rows] == [field.alias for field in MODELS[name].model_fields.values()]
    assert all(meaning.endswith(".") for _, meaning in rows)


@pytest.mark.parametrize("name", MODELS)
def test_every_field_is_described_where_it_is_declared(name):
    assert descriptions(MODELS[name]).keys() == MODELS[name].model_fields.keys()


def test_tables_and_examples_are_those_of_models_and_golden_files():
    assert write_formats.rewritten(TEXT) == TEXT, "run scripts/write_formats.py"


def test_every_golden_file_is_an_example_on_the_page():
    shown = re.findall(r"<!-- example: ([\w-]+) -->\n\n```json\n(.*?)```", TEXT, re.DOTALL)
    assert dict(shown) == {file.stem: file.read_text() for file in GOLDEN.iterdir()}


def test_the_page_says_where_every_document_lies():
    keys = {"CatalogueEntry": "--models FILE"}
    for document in DOCUMENTS:
        where = keys.get(document.__name__, "`")
        assert where in section(document.__name__)


def test_every_event_and_reason_has_its_row_and_no_other():
    events = re.findall(r"^\| `([\w.]+)` \|", section("Events"), re.MULTILINE)
    assert events == list(Event)
    reasons = re.findall(r"^\| `(\w+)` \|", section("Reason"), re.MULTILINE)
    assert reasons == list(Reason)
