"""The admission policies as files: they refuse when in doubt, and overlook no field that names a Secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client

from hybridface_operator.manifests.attempt import secret_name
from hybridface_operator.manifests.settings import PodSettings
from hybridface_operator.policy.inventory import PrivateLabel
from hybridface_operator.policy.types import Sensitivity
from hybridface_operator.spec.labels import SENSITIVITY
from hybridface_worker.contract.spec import JobRef

FOLDER = Path(__file__).parents[3] / "helm/hybridface/files/admission"
OBJECTS: list[dict[str, Any]] = [
    each for file in sorted(FOLDER.glob("*.yaml")) for each in yaml.safe_load_all(file.read_text())
]
POLICIES = {each["metadata"]["name"]: each["spec"] for each in OBJECTS if each["kind"] == "ValidatingAdmissionPolicy"}
BINDINGS = {
    each["spec"]["policyName"]: each["spec"] for each in OBJECTS if each["kind"] == "ValidatingAdmissionPolicyBinding"
}
PINNED = "hybridface-restricted-pods-pinned"
EXPRESSIONS = {each["name"]: each["expression"] for each in POLICIES[PINNED]["variables"]}


def fields_of_secrets(model: Any, path: str = "") -> list[str]:
    """The fields below a model of Kubernetes that name a Secret, as CEL reaches them."""
    found = []
    for attribute, kind in model.openapi_types.items():
        here = f"{path}.?{model.attribute_map[attribute]}"
        if "secret" in here.lower() and kind == "str" and here.endswith(("ame", "Name")):
            found.append(here)
        inner = getattr(client, kind.removesuffix("]").rpartition("[")[2], None)
        if inner is not None and inner is not client.V1PersistentVolumeClaimTemplate:
            found += fields_of_secrets(inner, here + ("[]" if kind.endswith("]") else ""))
    return found


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_is_bound_and_refuses_when_in_doubt(name):
    assert POLICIES[name]["failurePolicy"] == "Fail"
    assert BINDINGS[name]["validationActions"] == ["Deny"]
    assert "matchConditions" not in POLICIES[name]


def test_the_label_is_that_of_private_nodes_and_no_parameter():
    example = yaml.safe_load((FOLDER.parents[3] / "policies/inventory.yaml").read_text())
    label = PrivateLabel.model_validate(example["privateNodes"])
    assert EXPRESSIONS["privateKey"] == f"'{label.key}'"
    assert EXPRESSIONS["privateValue"] == f"'{label.value}'"
    assert [name for name, policy in POLICIES.items() if "paramKind" in policy] == []
    assert [name for name, binding in BINDINGS.items() if "paramRef" in binding] == []


def test_pods_and_secrets_are_known_by_what_the_operator_calls_them():
    assert f"'{SENSITIVITY}'" in EXPRESSIONS["sensitivity"]
    assert f"'{PodSettings.model_fields['service_account'].default}'" in EXPRESSIONS["worksForJob"]
    job = JobRef(namespace="studio", name="a", uid="4f6f0a52-91f5-4c2e-8d5f-2b3b6a1d2c11")
    name = secret_name(Sensitivity.RESTRICTED, job.uid, 1)
    assert "' hf-'" in EXPRESSIONS["worksForJob"]
    assert name.startswith("hf-restricted-")
    assert "' hf-restricted-'" in EXPRESSIONS["restricted"]


def test_every_kind_of_volume_that_names_a_secret_is_looked_at():
    found = fields_of_secrets(client.V1Volume)
    assert {".?secret.?secretName", ".?projected.?sources[].?secret.?name", ".?csi.?nodePublishSecretRef.?name"} <= {
        *found
    }
    looked_at = EXPRESSIONS["ofVolumes"].replace("s.?secret.?name", "v.?projected.?sources[].?secret.?name")
    assert [path for path in found if f"v{path}.orValue('')" not in looked_at] == []


def test_every_field_of_a_container_that_names_a_secret_is_looked_at():
    for model in (client.V1Container, client.V1EphemeralContainer):
        assert sorted(fields_of_secrets(model)) == [
            ".?envFrom[].?secretRef.?name",
            ".?env[].?valueFrom.?secretKeyRef.?name",
        ]
    for field in ("c.?env.", "e.?valueFrom.?secretKeyRef.?name", "c.?envFrom.", "e.?secretRef.?name"):
        assert field in EXPRESSIONS["ofContainers"]
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        assert f"object.spec.?{kind}." in EXPRESSIONS["ofContainers"]
