"""What a newer release says: no worker ignores it in what it works by, and no operator stumbles over it in reports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from hybridface_worker import __version__
from hybridface_worker.contract.document import Document, DocumentError, Part, Report
from hybridface_worker.contract.manifest import ChunkManifest
from hybridface_worker.contract.plan import Plan
from hybridface_worker.contract.reasons import Reason
from write_formats import EXAMPLES, golden

REPORTS = [name for name, model in EXAMPLES.items() if issubclass(model, Report)]
CLOSED = sorted(EXAMPLES.keys() - set(REPORTS))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where a document has a part, and so where a newer one may have a field more."""
    if isinstance(value, Part):
        yield path
        for name, field in type(value).model_fields.items():
            yield from places(getattr(value, name), (*path, field.alias))
    for key, item in value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, tuple) else ()):
        yield from places(item, (*path, key))


def with_more(name: str) -> Iterator[tuple[tuple[Any, ...], str]]:
    """The golden document with a field more, in each of its parts in turn."""
    model: type[Document] = EXAMPLES[name]
    for path in places(model.from_bytes(golden(name), name)):
        document = json.loads(golden(name))
        place = document
        try:
            for step in path:
                place = place[step]
        except KeyError:
            continue  # a default
        place["onlyByNight"] = True
        yield path, json.dumps(document)


@pytest.mark.parametrize("name", CLOSED)
def test_no_field_is_ignored_of_what_work_is_done_by(name):
    for path, text in with_more(name):
        with pytest.raises(DocumentError, match="onlyByNight: Extra") as refused:
            EXAMPLES[name].from_bytes(text, name)
        assert refused.value.newer, path


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_read_without_what_is_not_known(name):
    known = EXAMPLES[name].from_bytes(golden(name), name)
    assert [path for path, text in with_more(name) if EXAMPLES[name].from_bytes(text, name) != known] == []


def test_documents_have_parts_in_which_a_field_is_tried():
    assert len(list(with_more("plan"))) > 20
    assert len(list(with_more("output-report"))) > 5


@pytest.mark.parametrize(
    ("model", "name", "was", "becomes"),
    [
        (Plan, "plan", '"version": 1', '"version": 2'),
        (Plan, "plan", '"onDecodeError": "fail"', '"onDecodeError": "guess"'),
        (ChunkManifest, "chunk-manifest", '"version": 1', '"version": 2'),
        (ChunkManifest, "chunk-manifest", '"outcome": "done"', '"outcome": "halfDone"'),
    ],
)
def test_a_word_or_version_that_is_not_known_is_refused_and_both_releases_named(model, name, was, becomes):
    assert was in golden(name)
    with pytest.raises(DocumentError, match=f"a release newer than {__version__}, which reads it, wrote that") as it:
        model.from_bytes(golden(name).replace(was, becomes), name)
    assert it.value.newer


@pytest.mark.parametrize(
    "data", ["{", "[]", "{}", golden("plan").replace('"maxTriesPerChunk": 3', '"maxTriesPerChunk": "3"')]
)
def test_what_is_merely_wrong_is_not_called_newer(data):
    with pytest.raises(DocumentError) as refused:
        Plan.from_bytes(data, "plan")
    assert not refused.value.newer
    assert "newer" not in str(refused.value)


def test_a_code_that_is_not_known_keeps_its_message():
    text = golden("chunk-manifest-failed").replace('"TooManyTries"', '"FacesTooFast"')
    assert text != golden("chunk-manifest-failed")
    finding = ChunkManifest.from_bytes(text, "manifest").finding
    before = ChunkManifest.from_bytes(golden("chunk-manifest-failed"), "manifest").finding
    assert finding
    assert before
    assert (finding.reason, finding.message) == (Reason.UNRECOGNISED, before.message)


def test_a_model_of_a_later_stage_is_counted_under_its_name():
    text = golden("chunk-manifest").replace('"stage": "swap"', '"stage": "relight"')
    assert text != golden("chunk-manifest")
    assert "relight" in {call.stage for call in ChunkManifest.from_bytes(text, "manifest").usage.calls}
