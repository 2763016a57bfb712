"""What is refused as a document, and how that is said."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridface_worker.contract.catalogue import Catalogue
from hybridface_worker.contract.document import Document, DocumentError
from hybridface_worker.contract.inputs import Inputs
from hybridface_worker.contract.manifest import ChunkManifest, TryMarker, WorkerExit
from hybridface_worker.contract.plan import ChunkRef, Plan
from hybridface_worker.contract.probe import ProbeResult
from hybridface_worker.contract.spec import JobRef
from hybridface_worker.contract.task import Attempt
from write_formats import golden

WHERE = "s3://work/job/document.json"
MODELS: dict[str, type[Document]] = {
    "attempt-swap": Attempt,
    "chunk-manifest": ChunkManifest,
    "inputs": Inputs,
    "plan": Plan,
    "probe-result": ProbeResult,
    "try-marker": TryMarker,
    "worker-exit": WorkerExit,
}


def changed(name, path, value):
    """A golden document with one value put in; `...` takes it out."""
    document = json.loads(golden(name))
    *folders, last = path
    place = document
    for step in folders:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return json.dumps(document)


def refusal(name, data):
    with pytest.raises(DocumentError) as refused:
        MODELS[name].from_bytes(data, WHERE)
    assert str(refused.value).startswith(WHERE + ": ")
    return refused.value.problems


@pytest.mark.parametrize("data", [b"", b"{", b"not json", b"\xff\xfe", b"null", b"[]", b'"text"', b"1", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(data):
    (problem,) = refusal("plan", data)
    assert problem.startswith("document: ")


@pytest.mark.parametrize("version", [0, 2, "1", 1.5, None])
def test_another_version_is_refused_by_name(version):
    assert refusal("plan", changed("plan", ["version"], version))[0].startswith("version: ")


def test_a_version_that_is_left_out_is_the_first():
    assert Plan.from_bytes(changed("plan", ["version"], ...), WHERE) == Plan.from_bytes(golden("plan"), WHERE)


@pytest.mark.parametrize(
    ("name", "path", "value", "problem"),
    [
        ("plan", ["surprise"], 1, "surprise: Extra"),
        ("plan", ["units", 0, "surprise"], 1, "units.0.surprise: Extra"),
        ("plan", ["inputs_sha256"], "0" * 64, "inputs_sha256: Extra"),
        ("plan", ["job"], ..., "job: Field required"),
        ("plan", ["job"], None, "job: "),
        ("plan", ["sources"], [], "sources: "),
        ("plan", ["sources", 0], 7, "sources.0: "),
        ("plan", ["maxTriesPerChunk"], "3", "maxTriesPerChunk: "),
        ("plan", ["maxTriesPerChunk"], 0, "maxTriesPerChunk: "),
        ("plan", ["faces", "minScore"], 1.01, "faces.minScore: "),
        ("plan", ["units", 0, "boundaries"], [0, 64, 64], "units.0: "),
        ("plan", ["units", 0, "boundaries"], [1, 64], "units.0: "),
        ("plan", ["units", 0, "boundaries"], [0], "units.0.boundaries: "),
        ("plan", ["units", 0, "boundaries", 1], -1, "units.0.boundaries.1: "),
        ("plan", ["units", 0, "boundaries", 5], 2**63, "units.0.boundaries.5: "),
        ("plan", ["units", 0, "boundaries", 5], 10**400, "units.0.boundaries.5: "),
        ("plan", ["units", 0, "boundaries", 5], True, "units.0.boundaries.5: "),
        ("plan", ["units", 0, "unit"], "v1", "units.0.unit: "),
        ("plan", ["units", 0, "video", "rate"], "1/0", "units.0.video.rate: "),
        ("plan", ["units", 0, "video", "rate"], "1e999999999", "units.0.video.rate: "),
        ("plan", ["units", 0, "video", "rate"], 25.0, "units.0.video.rate: "),
        ("plan", ["units", 0, "video", "options", "crf"], 17, "units.0.video.options.crf: "),
        ("plan", ["outputs", 0, "path"], "../clip.mp4", "outputs.0.path: "),
        ("plan", ["outputs", 0, "path"], "/clip.mp4", "outputs.0.path: "),
        ("plan", ["inputsSha256"], "F" * 64, "inputsSha256: "),
        ("inputs", ["targets", 1, "size"], -1, "targets.1.size: "),
        ("inputs", ["targets", 1, "relativePath"], "a//b", "targets.1.relativePath: "),
        ("probe-result", ["items", 0, "media", "kind"], "audio", "items.0.media: "),
        ("probe-result", ["items", 0, "media", "width"], 0, "items.0.media.video.width: "),
        ("probe-result", ["items", 1, "media", "orientation"], 9, "items.1.media.image.orientation: "),
        ("probe-result", ["items", 2, "refusal", "reason"], "no code", "items.2.refusal.reason: "),
        ("probe-result", ["sources", 0, "face", "points"], [[1, 2]] * 4, "sources.0.face.points: "),
        ("attempt-swap", ["attempt"], 0, "attempt: "),
        ("attempt-swap", ["work", "phase"], "dance", "work: "),
        ("attempt-swap", ["work", "shards", 0, "chunks"], [], "work.swap.shards.0.chunks: "),
        ("attempt-swap", ["work", "shards", 0, "chunks", 0, "end"], 0, "work.swap.shards.0.chunks.0: "),
        ("chunk-manifest", ["finishedAt"], "yesterday", "finishedAt: "),
        ("chunk-manifest", ["data"], "chunks/../../plan.json", "data: "),
        ("worker-exit", ["status"], 256, "status: "),
    ],
)
def test_a_wrong_value_is_refused_and_its_path_named(name, path, value, problem):
    assert any(each.startswith(problem) for each in refusal(name, changed(name, path, value)))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_are_refused(number):
    data = golden("plan").replace('"ratio": 1.0', f'"ratio": {number}')
    assert data != golden("plan")
    assert refusal("plan", data)


def test_every_problem_is_named_at_once():
    document = json.loads(golden("plan"))
    document["surprise"] = document["units"][0]["threads"] = "many"
    assert len(refusal("plan", json.dumps(document))) == 2


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/a", "-a", "a\n", "a\0", "ä", "a" * 254])
@pytest.mark.parametrize("field", ["source", "target"])
def test_a_name_that_would_not_be_one_segment_of_a_key_is_refused(name, field):
    chunk = {"source": "actor", "target": "clip", "unit": "images", "start": 0, "end": 1}
    with pytest.raises(ValueError, match=field):
        ChunkRef.model_validate(chunk | {field: name})
    with pytest.raises(ValueError, match="uid"):
        JobRef(namespace="local", name="spring", uid=name)


@pytest.mark.parametrize("name", ["actor-a", "_map", "a.b", "A_1", "9", "a" * 253])
def test_a_name_that_is_one_segment_of_a_key_is_taken(name):
    assert JobRef(namespace="local", name=name, uid=name).name == name


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_other_json_is_refused_as_a_document(value):
    refusal("plan", json.dumps(value))


@given(st.sampled_from(sorted(MODELS)), st.data())
def test_a_value_of_another_kind_in_any_place_is_refused_or_read(name, data):
    document = json.loads(golden(name))
    place = document
    while isinstance(place, dict | list) and place:
        keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(st.sampled_from([None, -1, 2**64, 0.5, "", "x", [], {}, True]))
    with contextlib.suppress(DocumentError):
        read = MODELS[name].from_bytes(json.dumps(document), WHERE)
        assert MODELS[name].from_bytes(read.to_bytes(), WHERE) == read


def test_endless_nesting_is_refused():
    refusal("plan", b'{"version":' + b"[" * 1_000_000)


def test_a_catalogue_without_models_is_one():
    assert Catalogue.from_bytes(b"{}", WHERE).models == {}
