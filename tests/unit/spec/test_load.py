"""Manifests as files."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from hybridface_operator.errors import UsageError
from hybridface_operator.spec.load import MAX_BYTES, load_manifests
from hybridface_operator.spec.problems import SpecError
from support.jobs import SMALLEST, manifest

GOOD = yaml.safe_dump(SMALLEST)


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a manifest into the working folder and returns its name."""
    monkeypatch.chdir(tmp_path)

    def write(data: str | bytes, name: str = "job.yaml") -> str:
        Path(name).write_bytes(data if isinstance(data, bytes) else data.encode())
        return name

    return write


def said(path: str) -> list[str]:
    with pytest.raises(SpecError) as caught:
        load_manifests(path)
    return str(caught.value).splitlines()


def test_relative_paths_are_taken_from_the_manifests_folder(tmp_path):
    (tmp_path / "jobs").mkdir()
    path = tmp_path / "jobs" / "job.yaml"
    path.write_text(yaml.safe_dump(manifest(targets=[{"name": "a", "uri": "../in/"}])))
    (job,) = load_manifests(path)
    assert job.spec.targets[0].uri == f"file://{tmp_path}/in/"


def test_a_manifest_comes_from_standard_input(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = yaml.safe_dump(manifest(output={"uri": "out"}))
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))
    (job,) = load_manifests("-")
    assert job.spec.output.uri == f"file://{tmp_path}/out/"


def test_json_and_a_byte_order_mark_are_read(write):
    assert load_manifests(write(json.dumps(SMALLEST), "job.json")) == load_manifests(
        write(b"\xef\xbb\xbf" + GOOD.encode())
    )


def test_several_documents_are_several_jobs(write):
    other = yaml.safe_dump(SMALLEST | {"metadata": {"name": "other"}})
    assert [job.metadata.name for job in load_manifests(write(f"{GOOD}---\n{other}"))] == ["small", "other"]


def test_one_bad_document_stops_all_and_every_problem_is_told(write):
    text = f"""\
{GOOD}---
kind: Secret
apiVersion: v1
---
apiVersion: hybridface.dev/v1alpha1
kind: FaceSwapJob
metadata: {{name: second}}
spec:
  sources: [{{name: a, image: x}}]
"""
    first = GOOD.count("\n") + 2
    assert said(write(text)) == [
        (
            f'job.yaml:{first + 1}:1: apiVersion is "v1" and kind is "Secret"; '
            "expected apiVersion: hybridface.dev/v1alpha1, kind: FaceSwapJob"
        ),
        f"job.yaml:{first + 7}:13: spec.sources[0].images: is required",
        f'job.yaml:{first + 7}:23: spec.sources[0].image: unknown field; did you mean "images"?',
        f"job.yaml:{first + 6}:1: spec.targets: is required",
        f"job.yaml:{first + 6}:1: spec.output: is required",
        f"job.yaml:{first + 6}:1: spec.consent: is required",
    ]


def test_two_jobs_of_one_name_are_refused(write):
    lines = (GOOD + "---\n" + GOOD).splitlines()
    first, second = (number for number, line in enumerate(lines, 1) if line == "  name: small")
    message = f'job.yaml:{second}:3: metadata.name: "small" is the name of the job in line {first} too'
    assert said(write("\n".join(lines))) == [message]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("", "job.yaml: there is nothing in it; a FaceSwapJob is wanted"),
        ("# only words\n---\n", "job.yaml: there is nothing in it; a FaceSwapJob is wanted"),
        (b"a: 1\nb: \xff\n", "job.yaml:2:4: not UTF-8: byte 0xff"),
        ("a: 1\n".encode("utf-16"), "job.yaml:1:1: not UTF-8: byte 0xff"),
        (b"#" * (MAX_BYTES + 1), "job.yaml: larger than 1048576 bytes; split it"),
        (
            "just words",
            (
                "job.yaml:1:1: apiVersion is missing and kind is missing; "
                "expected apiVersion: hybridface.dev/v1alpha1, kind: FaceSwapJob"
            ),
        ),
        (
            "[]",
            (
                "job.yaml:1:1: apiVersion is missing and kind is missing; "
                "expected apiVersion: hybridface.dev/v1alpha1, kind: FaceSwapJob"
            ),
        ),
    ],
)
def test_what_is_no_manifest(write, data, message):
    assert said(write(data)) == [message]


def test_a_file_that_is_not_there(write):
    write("")
    assert said("other.yaml") == ["other.yaml: there is no such file"]
    assert said(".") == [".: is a folder; name a file in it"]


def test_what_cannot_be_used_is_wrong_use():
    assert issubclass(SpecError, UsageError)
    assert SpecError.exit_status == 2
