"""Admission policies of others: what a cluster's administrators refuse, and what a service mesh adds to pods."""

from __future__ import annotations

from typing import Any

Body = dict[str, Any]
_GROUP = "admissionregistration.k8s.io/v1"
JOB = "hybridface.dev/job"


def refusing(name: str, resource: str, job: str, message: str) -> list[Body]:
    """Lets nobody create pods or Jobs of the FaceSwapJob of that name, and says the message."""
    chosen = f"object.metadata.?labels[?'{JOB}'].orValue('') == '{job}'"
    spec = {
        "matchConstraints": _created(resource),
        "matchConditions": [{"name": "of-the-job", "expression": chosen}],
        "validations": [{"expression": "false", "message": message}],
    }
    bound = {"policyName": name, "validationActions": ["Deny"]}
    return [_object("ValidatingAdmissionPolicy", name, spec), _object("ValidatingAdmissionPolicyBinding", name, bound)]


def adding(name: str, namespace: str, *patches: str) -> list[Body]:
    """Does these JSON patches, in CEL, to every pod that is created in the namespace."""
    spec = {
        "matchConstraints": _created("pods"),
        "matchConditions": [{"name": "there", "expression": f"object.metadata.namespace == '{namespace}'"}],
        "reinvocationPolicy": "Never",
        "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": f"[{', '.join(patches)}]"}}],
    }
    bound = {"policyName": name}
    return [_object("MutatingAdmissionPolicy", name, spec), _object("MutatingAdmissionPolicyBinding", name, bound)]


def _created(resource: str) -> Body:
    group = "batch" if resource == "jobs" else ""
    rule = {"apiGroups": [group], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": [resource]}
    return {"resourceRules": [rule]}


def _object(kind: str, name: str, spec: Body) -> Body:
    return {"apiVersion": _GROUP, "kind": kind, "metadata": {"name": name}, "spec": spec}
