"""What the schema refuses, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from hybridface_operator.spec.job import FaceSwapJob
from hybridface_operator.spec.parse import parse_job
from hybridface_operator.spec.problems import SpecError
from support.jobs import SMALLEST, fields, job, manifest

NAME = "must be a name of lowercase letters, digits and dashes that starts and ends with a letter or digit, found"
DURATION = 'must be a duration of hours, minutes and seconds such as "30m" or "1h30m", found'
FRACTION = 'must be a decimal from 0 to 1 in quotes such as "0.5", found'
IMAGE = [{"uri": "s3://faces/a.jpg"}]


def said(body: dict[str, Any]) -> list[str]:
    """The problems of a manifest, one string each."""
    with pytest.raises(SpecError) as caught:
        parse_job(body)
    return str(caught.value).splitlines()


REFUSED: list[tuple[dict[str, Any], str]] = [
    # unknown fields and the nearest known name
    ({"outptu": {}}, 'spec.outptu: unknown field; did you mean "output"?'),
    ({"chunk_frames": 64}, 'spec.chunk_frames: unknown field; did you mean "chunkFrames"?'),
    ({"blend": {"colorMatch": True}}, 'spec.blend.colorMatch: unknown field; did you mean "colourMatch"?'),
    ({"models": {"recognizer": "none"}}, 'spec.models.recognizer: unknown field; did you mean "recogniser"?'),
    (
        {"output": {"uri": "s3://results/", "video": {"bitRate": "5M"}}},
        "spec.output.video.bitRate: unknown field; known here: container, encoder, quality, options",
    ),
    (
        {"notify": {"webhook": {"url": "https://a", "secret": 1}}},
        'spec.notify.webhook.secret: unknown field; did you mean "secretRef"?',
    ),
    # types: nothing is turned into something else
    ({"chunkFrames": "64"}, 'spec.chunkFrames: must be a whole number, found "64"'),
    ({"chunkFrames": 64.0}, "spec.chunkFrames: must be a whole number, found 64.0"),
    ({"chunkFrames": True}, "spec.chunkFrames: must be a whole number, found true"),
    ({"suspend": "true"}, 'spec.suspend: must be true or false, found "true"'),
    ({"suspend": 1}, "spec.suspend: must be true or false, found 1"),
    ({"faces": {"minScore": 0.5}}, 'spec.faces.minScore: must be a string, found 0.5; quote it: "0.5"'),
    ({"completeWithin": 900}, f"spec.completeWithin: {DURATION} 900"),
    ({"consent": {"reference": 2026}}, 'spec.consent.reference: must be a string, found 2026; quote it: "2026"'),
    ({"sources": {"name": "a"}}, "spec.sources: must be a list, found a mapping"),
    ({"targets": "s3://inbox/"}, 'spec.targets: must be a list, found "s3://inbox/"'),
    ({"blend": []}, "spec.blend: must be a mapping, found a list"),
    ({"targets": ["clip.mp4"]}, 'spec.targets[0]: must be a mapping, found "clip.mp4"'),
    (
        {"output": {"uri": "s3://results/", "video": {"options": ["crf"]}}},
        "spec.output.video.options: must be a mapping, found a list",
    ),
    # required
    ({"consent": None}, "spec.consent: is required"),
    ({"consent": {}}, "spec.consent.reference: is required"),
    ({"consent": {"reference": ""}}, "spec.consent.reference: must have at least 1 characters, found 0"),
    ({"sources": []}, "spec.sources: must have at least 1 entries, found 0"),
    ({"sources": [{"name": "a", "images": []}]}, "spec.sources[0].images: must have at least 1 entries, found 0"),
    ({"placement": {}}, "spec.placement.allowedPools: is required"),
    ({"placement": {"allowedPools": []}}, "spec.placement.allowedPools: must have at least 1 entries, found 0"),
    # words
    ({"faces": {"select": "biggest"}}, "spec.faces.select: must be 'all', 'largest' or 'reference', found \"biggest\""),
    ({"sensitivity": "secret"}, "spec.sensitivity: must be 'public', 'internal' or 'restricted', found \"secret\""),
    ({"blend": {"pixelBoost": 200}}, "spec.blend.pixelBoost: must be 128, 256, 512 or 1024, found 200"),
    (
        {"onDecodeError": "keep_original"},
        "spec.onDecodeError: must be 'fail' or 'keepOriginal', found \"keep_original\"",
    ),
    # bounds
    ({"chunkFrames": 63}, "spec.chunkFrames: must be at least 64, found 63"),
    ({"chunkFrames": 129}, "spec.chunkFrames: must be at most 128, found 129"),
    ({"maxTriesPerChunk": 0}, "spec.maxTriesPerChunk: must be at least 1, found 0"),
    ({"blend": {"smoothing": 17}}, "spec.blend.smoothing: must be at most 16, found 17"),
    ({"ttlSecondsAfterFinished": -1}, "spec.ttlSecondsAfterFinished: must be at least 0, found -1"),
    (
        {"sources": [{"name": "a", "images": IMAGE * 17}]},
        "spec.sources[0].images: must have at most 16 entries, found 17",
    ),
    ({"consent": {"reference": "x" * 257}}, "spec.consent.reference: must have at most 256 characters, found 257"),
    # patterns
    ({"sources": [{"name": "Actor_A", "images": IMAGE}]}, f'spec.sources[0].name: {NAME} "Actor_A"'),
    ({"sources": [{"name": "_map", "images": IMAGE}]}, f'spec.sources[0].name: {NAME} "_map"'),
    ({"targets": [{"name": "a/b", "uri": "s3://inbox/a"}]}, f'spec.targets[0].name: {NAME} "a/b"'),
    ({"completeWithin": "30 min"}, f'spec.completeWithin: {DURATION} "30 min"'),
    ({"completeWithin": "1.5h"}, f'spec.completeWithin: {DURATION} "1.5h"'),
    ({"completeWithin": "0h0m"}, "spec.completeWithin: '0h0m': must be longer than 0 s"),
    ({"faces": {"minScore": "1.2"}}, f'spec.faces.minScore: {FRACTION} "1.2"'),
    ({"faces": {"minScore": ".5"}}, f'spec.faces.minScore: {FRACTION} ".5"'),
    ({"budget": {"maxCost": "1e3"}}, 'spec.budget.maxCost: must be a decimal in quotes such as "12.00", found "1e3"'),
    ({"budget": {"maxCost": "-1"}}, 'spec.budget.maxCost: must be a decimal in quotes such as "12.00", found "-1"'),
    (
        {"consent": {"reference": "c", "expires": "2027-01-01"}},
        'spec.consent.expires: must be a time with its zone such as "2027-01-01T00:00:00Z", found "2027-01-01"',
    ),
    (
        {"consent": {"reference": "c", "expires": "2027-02-30T00:00:00Z"}},
        "spec.consent.expires: '2027-02-30T00:00:00Z': not on the calendar: day is out of range for month",
    ),
    (
        {"consent": {"reference": "a\nb"}},
        'spec.consent.reference: must be text on one line, without control characters, found "a\\nb"',
    ),
    (
        {"notify": {"webhook": {"url": "http://a"}}},
        'spec.notify.webhook.url: must be an https:// URL, found "http://a"',
    ),
    (
        {"output": {"uri": "s3://results/", "video": {"options": {"stats": "/etc/x"}}}},
        'spec.output.video.options.stats: must be a value without slashes: an option names no file, found "/etc/x"',
    ),
    # addresses
    (
        {"output": {"uri": "gs://bucket/"}},
        ("spec.output.uri: 'gs://bucket/': give s3://bucket/key or file:///absolute/path"),
    ),
    (
        {"targets": [{"name": "a", "uri": "s3://inbox/*"}]},
        "spec.targets[0].uri: 's3://inbox/*': s3 URIs are literal and may not hold *: rename the object",
    ),
    # rules between fields
    (
        {"sources": [{"name": "a", "images": IMAGE}, {"name": "b", "images": IMAGE}, {"name": "a", "images": IMAGE}]},
        'spec.sources[2].name: "a" is also at [0].name; names must differ',
    ),
    (
        {"targets": [{"name": "a", "uri": "s3://inbox/a"}, {"name": "a", "uri": "s3://inbox/b"}]},
        'spec.targets[1].name: "a" is also at [0].name; names must differ',
    ),
    ({"blend": {"mask": ["box", "box"]}}, 'spec.blend.mask[1]: "box" is also at [0]; masks must differ'),
    ({"faces": {"select": "reference"}}, "spec.faces.reference: is required with select: reference"),
    (
        {"faces": {"reference": {"uri": "s3://faces/r.jpg"}}},
        "spec.faces.reference: has no effect with select: all; set select: reference or leave it out",
    ),
    (
        {"faces": {"select": "largest", "map": [{"reference": {"uri": "s3://faces/r.jpg"}, "source": "actor"}]}},
        "spec.faces.map: excludes select: largest; the map's references select",
    ),
    (
        {"blend": {"mask": ["occlusion"]}},
        "spec.models.occluder: is required with the mask occlusion: name a model that finds what covers faces",
    ),
    ({"faces": {"map": []}}, "spec.faces.map: must have at least 1 entries, found 0"),
]


@pytest.mark.parametrize(("spec", "message"), REFUSED, ids=[message[:60] for _, message in REFUSED])
def test_a_bad_field_is_named_with_what_is_expected(spec, message):
    assert said(manifest(**spec)) == [message]


def test_a_map_names_every_source_and_no_other():
    entry = {"reference": {"uri": "s3://faces/r.jpg"}, "source": "actress"}
    assert said(manifest(faces={"map": [entry]})) == [
        'spec.faces.map[0].source: there is no source "actress"; there is actor',
        'spec.sources[0].name: "actor" is in no entry of faces.map, so it would not be used',
    ]


def test_a_name_leaves_room_for_what_is_made_of_it():
    assert said(SMALLEST | {"metadata": {"name": "a" * 53}}) == [
        "metadata.name: must have at most 52 characters, found 53"
    ]


def test_all_problems_are_reported_at_once():
    body = manifest(chunkFrames=1, suspend="no", sources=[{"name": "a", "image": "x"}])
    assert said(body) == [
        "spec.sources[0].images: is required",
        'spec.sources[0].image: unknown field; did you mean "images"?',
        "spec.chunkFrames: must be at least 64, found 1",
        'spec.suspend: must be true or false, found "no"',
    ]


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ({"kind": "Pod", "apiVersion": "v1"}, 'apiVersion is "v1" and kind is "Pod"'),
        ({"kind": "FaceSwapJobs"}, 'kind is "FaceSwapJobs"'),
        ({"apiVersion": "hybridface.dev/v1"}, 'apiVersion is "hybridface.dev/v1"'),
        ({"apiVersion": None}, "apiVersion is missing"),
        ({"kind": ["FaceSwapJob"]}, "kind is a list"),
    ],
)
def test_another_kind_is_told_what_was_expected(head, message):
    assert said(SMALLEST | head) == [f"{message}; expected apiVersion: hybridface.dev/v1alpha1, kind: FaceSwapJob"]


def test_null_is_as_if_not_given():
    assert parse_job(SMALLEST | {"spec": SMALLEST["spec"] | {"faces": None, "chunkFrames": None}}) == job()
    assert said(SMALLEST | {"spec": SMALLEST["spec"] | {"facse": None}}) == [
        'spec.facse: unknown field; did you mean "faces"?'
    ]


def test_an_object_read_from_a_cluster_is_a_manifest():
    metadata = SMALLEST["metadata"] | {
        "uid": "6e7a",
        "generation": 3,
        "resourceVersion": "12",
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "managedFields": [{"manager": "kubectl", "fieldsV1": {"f:spec": {}}}],
    }
    read = parse_job(SMALLEST | {"metadata": metadata, "status": {"phase": "Swapping"}})
    assert read.metadata.uid == "6e7a"
    assert read.spec == job().spec


def test_absent_sensitivity_means_restricted():
    assert job().spec.sensitivity == "restricted"


def test_the_output_is_a_folder_with_or_without_a_slash():
    assert job(output={"uri": "s3://results/a"}).spec.output.uri == "s3://results/a/"
    assert job(output={"uri": "s3://results"}).spec.output.uri == "s3://results/"


def test_a_job_does_not_change():
    with pytest.raises(ValueError, match="frozen"):
        job().spec.chunk_frames = 128  # type: ignore[misc]  # what must not be done is what is tried


def test_every_field_is_described():
    assert [path for path, field in fields() if not field.description] == []


def test_every_list_and_string_and_number_is_bounded():
    models = FaceSwapJob.model_json_schema()["$defs"]
    models.pop("Metadata")  # Kubernetes' own, bounded by the API server
    assert [
        f"{name}.{field}"
        for name, model in models.items()
        for field, content in model["properties"].items()
        if not all(map(_is_bounded, _parts(content)))
    ] == []


def _parts(content: dict[str, Any]) -> list[dict[str, Any]]:
    inner = [*content.get("anyOf", ()), *([content["items"]] if "items" in content else [])]
    return [content, *(part for each in inner for part in _parts(each))]


def _is_bounded(content: dict[str, Any]) -> bool:
    match content.get("type"):
        case "string":
            return bool(content.keys() & {"maxLength", "enum", "const"})
        case "array":
            return "maxItems" in content
        case "object":
            return "maxProperties" in content
        case "integer":
            return {"minimum", "maximum"} <= content.keys() or "enum" in content
    return True
