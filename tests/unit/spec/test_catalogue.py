from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from hybridface_operator.catalogue import load_catalogue, resolve_models
from hybridface_operator.errors import JobRefused
from hybridface_operator.spec.problems import SpecError
from hybridface_worker.contract.catalogue import BUILT_IN, Catalogue
from hybridface_worker.contract.reasons import Reason
from support.jobs import job

SHA256 = "5" * 64


def entry(kind: str = "swapper", **changes: str) -> dict[str, str]:
    return {
        "kind": kind,
        "format": "inswapper",
        "uri": "s3://models/a.onnx",
        "sha256": SHA256,
        "licence": "x",
    } | changes


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a catalogue of these models into the working folder and returns its name."""
    monkeypatch.chdir(tmp_path)

    def write(models: dict[str, Any]) -> str:
        Path("models.yaml").write_text(yaml.safe_dump({"models": models}))
        return "models.yaml"

    return write


def said(path: str) -> list[str]:
    with pytest.raises(SpecError) as caught:
        load_catalogue(path)
    return str(caught.value).splitlines()


def refused(models: dict[str, str], catalogue: Catalogue) -> str:
    with pytest.raises(JobRefused) as caught:
        resolve_models(job(models=models), catalogue)
    assert caught.value.reason == Reason.MODEL_NOT_FOUND
    return str(caught.value)


def test_without_a_file_there_are_the_built_in_models():
    models = resolve_models(job(), load_catalogue(None))
    assert (models.detector, models.swapper) == (BUILT_IN["centerface"], BUILT_IN["blend"])
    assert (models.recogniser, models.restorer) == (None, None)


def test_a_model_of_the_catalogue_is_named_with_address_and_digest(write):
    catalogue = load_catalogue(write({"mine": entry(format="other", uri="models/a b.onnx")}))
    swapper = resolve_models(job(models={"swapper": "mine"}), catalogue).swapper
    assert swapper.uri == f"file://{Path.cwd()}/models/a%20b.onnx"
    assert (swapper.name, swapper.format, swapper.sha256, swapper.licence) == ("mine", "other", SHA256, "x")


@pytest.mark.parametrize(
    ("models", "message"),
    [
        ({"blend": entry()}, "models.yaml:2:3: models.blend: is the name of a built-in model; call it something else"),
        ({"none": entry()}, "models.yaml:2:3: models.none: is the word for no model; call it something else"),
        (
            {"a b": entry()},
            (
                "models.yaml:2:3: models.a b: must be a name of letters, digits, dots, dashes and underscores "
                "that starts and ends with a letter or digit, at most 64 of them"
            ),
        ),
        (
            {"a": entry(uri="s3://models/*")},
            "models.yaml:7:5: models.a.uri: 's3://models/*': s3 URIs are literal and may not hold *: rename the object",
        ),
        (
            {"a": entry(sha256="abc")},
            (
                "models.yaml:6:5: models.a.sha256: must be the file's SHA-256 digest, "
                '64 lowercase hexadecimal digits, found "abc"'
            ),
        ),
        (
            {"a": entry() | {"license": "x"}},
            'models.yaml:6:5: models.a.license: unknown field; did you mean "licence"?',
        ),
        (
            {"a": entry(kind="upscaler")},
            (
                "models.yaml:4:5: models.a.kind: "
                "must be 'detector', 'recogniser', 'swapper', 'restorer' or 'occluder', found \"upscaler\""
            ),
        ),
        (["a"], "models.yaml:1:1: models: must be a mapping, found a list"),
    ],
)
def test_a_bad_entry_is_named(write, models, message):
    assert said(write(models)) == [message]


def test_a_catalogue_of_another_version_or_several_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("models.yaml").write_text("version: 2\n")
    assert said("models.yaml") == ["models.yaml:1:1: version: must be 1, found 2"]
    Path("models.yaml").write_text("models: {}\n---\nmodels: {}\n")
    assert said("models.yaml") == ["models.yaml: has 2 documents; one catalogue is wanted"]
    Path("models.yaml").write_text("")
    assert said("models.yaml") == ["models.yaml: has 0 documents; one catalogue is wanted"]


def test_an_unknown_model_is_told_which_there_are(write):
    catalogue = load_catalogue(write({"mine": entry()}))
    assert refused({"swapper": "blnd"}, catalogue) == (
        'spec.models.swapper: there is no model "blnd"; did you mean "blend"?'
    )
    assert refused({"swapper": "quux"}, catalogue) == (
        'spec.models.swapper: there is no model "quux"; known here: blend, identity, marker, mine'
    )
    assert refused({"swapper": "quux"}, Catalogue()) == (
        'spec.models.swapper: there is no model "quux"; known here: blend, identity, marker; '
        "`--models FILE` adds those of a catalogue"
    )
    assert refused({"restorer": "gfpgan"}, catalogue) == (
        'spec.models.restorer: there is no model "gfpgan"; '
        "the catalogue has no restorer; `--models FILE` names one that has"
    )


def test_a_model_of_another_kind_is_told_so(write):
    assert refused({"swapper": "centerface"}, Catalogue()) == (
        'spec.models.swapper: "centerface" is a detector, not a swapper; known swappers: blend, identity, marker'
    )


def test_a_swapper_that_needs_embeddings_needs_a_recogniser(write):
    catalogue = load_catalogue(write({"mine": entry(), "arcface": entry("recogniser", format="arcface")}))
    assert refused({"swapper": "mine"}, catalogue) == (
        "spec.models.recogniser: the swapper mine is told faces by their embeddings, so a recogniser must be named; "
        "known recognisers: arcface"
    )
    assert resolve_models(job(models={"swapper": "mine", "recogniser": "arcface"}), catalogue).recogniser


@pytest.mark.parametrize(
    ("faces", "why"),
    [
        ({"map": [{"reference": {"uri": "s3://faces/who.jpg"}, "source": "actor"}]}, "faces.map"),
        ({"select": "reference", "reference": {"uri": "s3://faces/who.jpg"}}, "faces.select: reference"),
    ],
)
def test_who_looks_for_people_needs_a_recogniser(write, faces, why):
    catalogue = load_catalogue(write({"arcface": entry("recogniser", format="arcface")}))
    with pytest.raises(JobRefused) as caught:
        resolve_models(job(faces=faces), catalogue)
    assert caught.value.reason is Reason.MODEL_NOT_FOUND
    assert str(caught.value) == (
        f"spec.models.recogniser: {why} finds people by their embeddings, so a recogniser must be named; "
        "known recognisers: arcface"
    )
    assert resolve_models(job(faces=faces, models={"recogniser": "arcface"}), catalogue).recogniser
