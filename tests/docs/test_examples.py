from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from hybridface_operator.catalogue import load_catalogue, resolve_models
from hybridface_operator.policy.load import load_inventory, load_policy
from hybridface_operator.spec.job import FaceSwapJobSpec
from hybridface_operator.spec.load import load_manifests
from hybridface_operator.spec.refuse import unsupported_models
from support.pages import ROOT, blocks

LEAST = {
    "sources": [{"name": "a", "images": [{"uri": "s3://faces/a.jpg"}]}],
    "targets": [{"name": "b", "uri": "s3://inbox/b.mp4"}],
    "output": {"uri": "s3://results/"},
    "consent": {"reference": "test"},
}
EXAMPLES = ROOT / "examples"
FILES = sorted((*EXAMPLES.glob("*.yaml"), *(EXAMPLES / "cluster").glob("*.yaml")))
MANIFESTS = [file for file in FILES if "kind: FaceSwapJob" in file.read_text()]
FIELDS = {field.alias or name for name, field in FaceSwapJobSpec.model_fields.items()}


@pytest.mark.parametrize("block", [*blocks("yaml", "json", "python")], ids=str)
def test_a_block_on_a_page_is_what_it_looks_like(block, tmp_path):
    match block.language:
        case "yaml":
            file = tmp_path / "example.yaml"
            file.write_text(block.text)
            _check_yaml(file)
        case "json":
            json.loads(block.text)
        case "python":
            exec(compile(block.text, str(block), "exec"), {})  # noqa: S102 - our own page


def _check_yaml(file: Path) -> None:
    """A whole manifest, a policy, a catalogue, or some fields of a job's specification; each has to be accepted.

    Objects of other APIs need only be YAML.
    """
    first, *_ = yaml.safe_load_all(file.read_text())
    if "hybridface" in first.get("apiVersion", ""):
        assert load_manifests(file)
    elif {"rules", "default"} <= first.keys():
        assert load_policy(file, load_inventory(ROOT / "policies" / "inventory.yaml")).rules
    elif first.keys() <= FIELDS and not _is_catalogue(first):
        FaceSwapJobSpec.model_validate(LEAST | first)
    elif _is_catalogue(first):
        assert load_catalogue(file).models


def _is_catalogue(document: dict[str, Any]) -> bool:
    return all(isinstance(model, dict) for model in document.get("models", {"": ""}).values())


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda path: path.name)
def test_examples_ask_for_no_model_that_cannot_be_read(manifest):
    catalogue = load_catalogue(EXAMPLES / "models.yaml")
    jobs = load_manifests(manifest)
    assert [message for job in jobs for message in unsupported_models(resolve_models(job, catalogue))] == []


def test_the_policy_of_the_tutorial_is_one_for_its_pools():
    folder = EXAMPLES / "cluster"
    assert load_policy(folder / "policy.yaml", load_inventory(folder / "inventory.yaml")).rules
