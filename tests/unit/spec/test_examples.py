"""The examples are manifests that run as they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hybridface_operator.catalogue import load_catalogue, resolve_models
from hybridface_operator.spec.load import load_manifests
from hybridface_operator.spec.refuse import unsupported_models
from support.jobs import fields

EXAMPLES = Path(__file__).parents[3] / "examples"
CATALOGUE = "models.yaml"


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.yaml") if path.name != CATALOGUE))
def test_an_example_loads_and_needs_no_file_but_to_tell_people_apart(name):
    for job in load_manifests(EXAMPLES / name):
        models = resolve_models(job, load_catalogue(EXAMPLES / CATALOGUE))
        assert unsupported_models(models) == []
        assert {model.kind for model in models.used() if model.format != "builtin"} == (
            {"recogniser"} if job.spec.faces.looked_for() else set()
        )


def test_the_catalogue_loads():
    catalogue = load_catalogue(EXAMPLES / CATALOGUE)
    assert catalogue.models["arcface"].uri == f"file://{EXAMPLES}/models/arcface.onnx"


def test_the_demo_reads_what_is_prepared_for_it():
    (job,) = load_manifests(EXAMPLES / "demo.yaml")
    prepared = f"file://{EXAMPLES.parent}/demo/in/"
    addresses = [image.uri for source in job.spec.sources for image in source.images]
    addresses += [target.uri for target in job.spec.targets]
    assert sorted(address.removeprefix(prepared) for address in addresses) == ["astronaut.png", "people.mp4", "stills/"]


def test_the_full_example_shows_every_field():
    text = (EXAMPLES / "full.yaml").read_text()
    shown = set(re.findall(r"(\w+):(?=\s|$)", text, re.MULTILINE))
    wanted = {path.rpartition(".")[2] for path, _ in fields() if path.startswith("spec")}
    assert wanted - shown == set()
