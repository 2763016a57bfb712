"""What is said of a job that waits."""

from __future__ import annotations

from typing import Any

import pytest

from hybridface_operator.credentials.errors import ParentKeyError, PolicyRefusedError
from hybridface_operator.kube.errors import KubeAway, KubeForbidden, KubeRefused
from hybridface_operator.reconciling.actions import JobStanding
from hybridface_operator.reconciling.advance import advance
from hybridface_operator.rounds.known import Known, Turn
from hybridface_worker.contract.document import DocumentError
from hybridface_worker.contract.errors import StoreError, StoreRefusedError
from hybridface_worker.contract.reasons import Reason
from support.reconciling import swapping


def waiting(error: Exception) -> Known:
    nobody: Any = None
    seen = swapping()
    known = Known(nobody, nobody, turn=Turn(seen, advance(seen)), stirred=False)
    known.wait(error)
    return known


def test_a_document_of_a_newer_release_waits_for_somebody():
    turn = waiting(DocumentError("plan.json", ["onlyByNight: Extra"], newer=True)).turn
    assert turn
    step = turn.step
    assert (step.standing, step.reason, step.request) == (JobStanding.STUCK, Reason.OPERATOR_TOO_OLD, None)
    assert step.message.endswith("wrote that; upgrade the operator, until then nothing is started")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (KubeAway("no answer"), Reason.SERVICE_AWAY),
        (KubeForbidden("exceeded quota: count/jobs.batch"), Reason.NOT_ADMITTED),
        (KubeRefused("a webhook denied the request"), Reason.NOT_ADMITTED),
        (StoreError(Reason.SERVICE_AWAY, "no answer"), Reason.SERVICE_AWAY),
        (StoreRefusedError(Reason.OUTPUT_NOT_WRITABLE, "no right to it"), Reason.OUTPUT_NOT_WRITABLE),
        (ParentKeyError("not accepted"), Reason.SERVICE_AWAY),
        (PolicyRefusedError("not taken"), Reason.DEFECT),
        (DocumentError("plan.json", ["is no document"]), Reason.DEFECT),
    ],
)
def test_the_condition_has_the_reason_of_what_stood_in_the_way(error, reason):
    known = waiting(error)
    assert known.stirred
    assert known.turn is not None
    assert (known.turn.step.reason, known.turn.step.request) == (reason, None)
    assert known.turn.step.message == f"{error}; it is tried again"
