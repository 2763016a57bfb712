"""Flux' expressions, on objects that the API server holds, evaluated by its CEL: the library that Flux uses."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from support.gitops_page import health_expressions
from support.recorded_jobs import FOLDER, records
from support.waiting import soon

RECORDS = records()


@pytest.fixture(scope="module")
def evaluated(plane, new_namespace):
    """Makes an object of a record in a namespace of its own, and says what Flux would make of it."""
    namespace = new_namespace()
    for body in _asking(namespace):
        plane.kubectl("apply", "--filename=-", stdin=json.dumps(body))

    def told(name: str) -> str:
        job = f"fsj/{name}"
        body = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
        status = {"status": body["status"]}
        body["metadata"] = {"name": name, "namespace": namespace}
        plane.kubectl("create", "--filename=-", stdin=json.dumps(body))
        written = ("--subresource=status", "--type=merge", f"--patch={json.dumps(status)}")
        plane.kubectl("patch", job, f"-n={namespace}", *written)
        return soon(lambda: _answer(plane, namespace, job, name), bool)

    return told


@pytest.mark.parametrize("name", RECORDS)
def test_flux_takes_a_job_for_what_it_is(evaluated, name):
    assert evaluated(name) == RECORDS[name].kstatus


def _answer(plane, namespace: str, job: str, name: str) -> str:
    """What the policy says when the object is about to change; empty until the policy is in force."""
    try:
        edit = {"spec": {"priority": "high"}} if name == "edited" else {"metadata": {"annotations": {"asked": "true"}}}
        change = ("--type=merge", f"--patch={json.dumps(edit)}", "--dry-run=server")
        plane.kubectl("patch", job, f"-n={namespace}", *change)
    except RuntimeError as refused:
        found = re.search(r"flux says (\w+)", str(refused))
        return found[1] if found else ""
    return ""


def _asking(namespace: str):
    """A policy that refuses every change, and says what Flux' evaluator makes of the object, in Flux' order.

    An expression sees an object's fields by their names; here each name is bound by going through a list of one.
    """
    flux = health_expressions()
    steps = (
        "has(status.observedGeneration) && status.observedGeneration != metadata.generation ? 'InProgress' : "
        f"({flux['inProgress']}) ? 'InProgress' : ({flux['failed']}) ? 'Failed' : "
        f"({flux['current']}) ? 'Current' : 'InProgress'"
    )
    bound = f"[object.metadata].map(metadata, [object.status].map(status, {steps})[0])[0]"
    rule = {
        "apiGroups": ["hybridface.dev"],
        "apiVersions": ["*"],
        "operations": ["UPDATE"],
        "resources": ["faceswapjobs"],
    }
    api = {"apiVersion": "admissionregistration.k8s.io/v1"}
    name = {"metadata": {"name": f"flux-{namespace}"}}
    yield (
        api
        | name
        | {
            "kind": "ValidatingAdmissionPolicy",
            "spec": {
                "failurePolicy": "Fail",
                "matchConstraints": {"resourceRules": [rule]},
                "validations": [{"expression": "false", "messageExpression": f"'flux says ' + {bound}"}],
            },
        }
    )
    yield (
        api
        | name
        | {
            "kind": "ValidatingAdmissionPolicyBinding",
            "spec": {
                "policyName": f"flux-{namespace}",
                "validationActions": ["Deny"],
                "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}},
            },
        }
    )
