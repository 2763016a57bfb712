"""What an API server lets nobody change stays as it was released: else `helm upgrade` would be refused halfway.

tests/data/chart/unchangeable.json holds it. Where a change cannot be avoided, the object needs another name.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.chart import CHART, EXAMPLES, NAMESPACE, HelmError, key, with_field

RELEASED = Path(__file__).parents[1] / "data/chart/unchangeable.json"
FIELDS: dict[str, list[tuple[str, ...]]] = {
    "Deployment": [("spec", "selector")],
    "StatefulSet": [("spec", "selector"), ("spec", "serviceName"), ("spec", "volumeClaimTemplates")],
    "PriorityClass": [("value",), ("preemptionPolicy",)],
    "PersistentVolumeClaim": [("spec", "accessModes"), ("spec", "storageClassName")],
    "RoleBinding": [("roleRef",)],
    "ClusterRoleBinding": [("roleRef",)],
    "CustomResourceDefinition": [("spec", "scope"), ("spec", "names", "kind"), ("spec", "names", "plural")],
    "Service": [("spec", "clusterIP")],
    "Secret": [("type",)],
}


def field(body, path):
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return body


def unchangeable(bodies):
    return {
        "/".join(key(body)): {".".join(path): field(body, path) for path in FIELDS[body["kind"]]}
        for body in bodies
        if body["kind"] in FIELDS
    }


def test_what_cannot_be_changed_is_as_it_was_released(rendered):
    released = json.loads(RELEASED.read_text())
    for example in EXAMPLES:
        now = unchangeable(rendered(example))
        kept = {name: fields for name, fields in released[example].items() if name in now}
        assert {name: now[name] for name in kept} == kept, example


def test_what_was_released_is_still_there_under_its_name(rendered):
    released = json.loads(RELEASED.read_text())
    for example in EXAMPLES:
        assert released[example].keys() - unchangeable(rendered(example)).keys() == set(), example


@pytest.mark.parametrize("change", [{"values": {"low": -7}}, {"preemptionPolicy": "PreemptLowerPriority"}])
def test_a_priority_class_that_cannot_change_is_refused_before_anything_is_changed(release, change):
    def upgrade(classes):
        options = release.options(EXAMPLES["trial"], {"priorityClasses": classes})
        return release("upgrade", "hybridface", str(CHART), f"--namespace={NAMESPACE}", "--dry-run=server", *options)

    with pytest.raises(HelmError, match=r"hybridface-\w+ is there with -?\d+ and Never.*priorityClasses\.prefix"):
        upgrade(change)
    upgrade(change | {"prefix": "other-"})


@pytest.fixture
def newer(tmp_path):
    """The chart of a later release, whose definition has one field more."""
    return with_field(
        tmp_path, "onlyByNight", {"type": "boolean", "description": "Whether it is worked by night alone."}
    )


def test_an_earlier_release_without_its_definition_keeps_the_fields_that_hold_its_operator_up(cluster, release, newer):
    """With its own definition the API server would drop them, and a job would be worked without what restricts it."""

    def put_on(chart, **values):
        options = release.options(EXAMPLES["trial"], values)
        release("upgrade", "hybridface", str(chart), f"--namespace={NAMESPACE}", *options)
        found = json.loads(cluster.kubectl("get", "crd", "faceswapjobs.hybridface.dev", "--output=json"))
        spec = found["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
        return "onlyByNight" in spec["properties"]

    try:
        assert put_on(newer)
        assert put_on(CHART, crds={"enabled": False})
        assert put_on(newer)
    finally:
        assert not put_on(CHART)
