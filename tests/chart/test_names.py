"""Names that YAML could take for something else than text, and names that are long."""

from __future__ import annotations

import pytest
import yaml

from support.chart import EXAMPLES, HelmError, key

YEAR = "2024"
CLAIM = {"kind": "persistentVolumeClaim", "create": {"size": "1Gi", "storageClassName": YEAR}}
NAMED_BY_YEAR = {
    "tenants": [{"namespace": YEAR, "createNamespace": True}],
    "consul": {"tokenSecret": {"name": YEAR, "key": YEAR}, "clientCertSecret": YEAR},
    "objectStorage": {"parentKeySecret": YEAR, "region": YEAR},
    "operator": {"imagePullSecrets": [YEAR], "priorityClassName": YEAR, "topologyKey": YEAR},
    "workers": {"caches": {"private": CLAIM | {"claim": YEAR}, "cloud": CLAIM | {"claim": "2025"}}},
    "priorityClasses": {"prefix": YEAR},
}
MAX_RELEASE_NAME = 53
MAX_LABEL = 63
HASH_OF_A_REVISION = len("-4294967295")
"""What the controller of StatefulSets appends to the name, for a label of its pods."""


def leaves(value):
    """Everything that is neither mapping nor list, documents of ConfigMaps taken apart."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from leaves(yaml.safe_load(inner) if str(name).endswith(".yaml") else inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    else:
        yield value


def test_a_year_is_a_name_wherever_a_name_may_be(helm):
    bodies = helm.render(EXAMPLES["minimal"], NAMED_BY_YEAR, namespace="2023")
    found = [leaf for body in bodies if body["kind"] != "CustomResourceDefinition" for leaf in leaves(body)]
    assert {"2023", YEAR, "2025"} <= set(found)
    assert {2023, 2024, 2025}.isdisjoint(found)


def test_a_release_may_be_called_no(helm):
    bodies = helm.render(EXAMPLES["trial"], name="no")
    assert {body["metadata"]["labels"]["app.kubernetes.io/instance"] for body in bodies} == {"no"}


@pytest.mark.parametrize("name", [YEAR, "a.b"])
def test_a_release_whose_services_could_not_be_made_is_refused(helm, name):
    with pytest.raises(HelmError, match=f"fullnameOverride: objects would be called {name}"):
        helm.render(EXAMPLES["minimal"], name=name)
    assert helm.render(EXAMPLES["minimal"], {"fullnameOverride": "hybridface"}, name=name)


def test_the_longest_name_of_a_release_leaves_room_for_what_is_made_of_it(helm):
    bodies = helm.render(EXAMPLES["trial"], name="r" * MAX_RELEASE_NAME)
    for body in bodies:
        room = HASH_OF_A_REVISION if body["kind"] == "StatefulSet" else 0
        if body["kind"] in {"StatefulSet", "Job", "Service", "Deployment"}:
            assert len(body["metadata"]["name"]) + room <= MAX_LABEL, key(body)
        assert all(len(value) <= MAX_LABEL for value in body["metadata"]["labels"].values()), key(body)
