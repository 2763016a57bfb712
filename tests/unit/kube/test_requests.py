from __future__ import annotations

import pytest

from hybridface_operator.kube.api import Kind
from hybridface_operator.kube.errors import KubeAway, KubeConflict, KubeForbidden, KubeGone, KubeRefused
from hybridface_operator.kube.requests import Request, error_of

REQUEST = Request("create", Kind.JOB.value, "studio", body={})
ENDING = {"message": "forbidden", "details": {"causes": [{"reason": "NamespaceTerminating"}]}}


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        (REQUEST, "/apis/batch/v1/namespaces/studio/jobs"),
        (Request("list", Kind.POD.value), "/api/v1/pods"),
        (Request("get", Kind.NODE.value, "", "a"), "/api/v1/nodes/a"),
        (
            Request("patch", Kind.FACE_SWAP_JOB.value, "studio", "clip", "status"),
            "/apis/hybridface.dev/v1alpha1/namespaces/studio/faceswapjobs/clip/status",
        ),
        (Request("get", Kind.POD.value, "a/b", "../c"), "/api/v1/namespaces/a%2Fb/pods/..%2Fc"),
    ],
)
def test_a_request_has_its_path(request_, path):
    assert request_.path == path


@pytest.mark.parametrize(
    ("status", "answer", "kind"),
    [
        (400, {}, KubeRefused),
        (401, {}, KubeAway),
        (403, {}, KubeForbidden),
        (403, ENDING, KubeGone),
        (404, {}, KubeGone),
        (409, {}, KubeConflict),
        (410, {}, KubeGone),
        (422, {}, KubeRefused),
        (429, {}, KubeAway),
        (500, {}, KubeAway),
        (503, {}, KubeAway),
        (599, {}, KubeAway),
        (418, {}, KubeRefused),
    ],
)
def test_the_status_says_which_error_it_is(status, answer, kind):
    error = error_of(REQUEST, status, answer)
    assert type(error) is kind
    assert error.status == status


def test_the_message_names_request_and_reason():
    error = error_of(REQUEST, 422, {"message": "spec.completions: must be positive"})
    assert str(error) == "create /apis/batch/v1/namespaces/studio/jobs: 422 spec.completions: must be positive"
