from __future__ import annotations

import pytest
from pydantic import ValidationError

from hybridface_operator.spec.status import (
    MAX_MESSAGE_LENGTH,
    Condition,
    ConditionType,
    FaceSwapJobStatus,
    PlacementStatus,
    PoolVerdict,
    ProgressStatus,
)
from hybridface_worker.contract.reasons import Reason

NOW = "2026-05-01T12:00:00Z"


def condition(message: str = "waits for a GPU") -> Condition:
    return Condition(
        type=ConditionType.READY,
        status="False",
        reason=Reason.WAITING,
        message=message,
        last_transition_time=NOW,
        observed_generation=1,
    )


def test_a_status_goes_to_the_wire_and_comes_back():
    verdict = PoolVerdict(pool="aws-spot", fit=False, reason=Reason.PRICE_UNKNOWN, message="no quote")
    placement = PlacementStatus(decision=3, rule="default", verdicts=(verdict,))
    status = FaceSwapJobStatus(observed_generation=1, conditions=(condition(),), placement=placement)
    wire = status.to_wire()
    assert wire["conditions"][0]["lastTransitionTime"] == NOW
    assert wire["placement"]["verdicts"][0] == {
        "pool": "aws-spot", "fit": False, "reason": "PriceUnknown", "message": "no quote"
    }  # fmt: skip
    assert FaceSwapJobStatus.from_wire(wire) == status


@pytest.mark.parametrize("stored", [None, {}, {"phase": "Dreaming"}, {"fromTheFuture": 1}])
def test_a_status_that_cannot_be_read_is_built_anew(stored):
    assert FaceSwapJobStatus.from_wire(stored) == FaceSwapJobStatus()


def test_that_a_job_has_ended_is_read_beside_all_that_a_newer_operator_says():
    ended = Condition(type=ConditionType.FAILED, status="True", reason="TooLate", message="m", last_transition_time=NOW)
    status = FaceSwapJobStatus(observed_generation=1, conditions=(ended,), start_time=NOW)
    wire = status.to_wire() | {"phase": "Dreaming", "fromTheFuture": 1}
    wire["conditions"] = [{**wire["conditions"][0], "type": "Dreaming"}, {**wire["conditions"][0], "severity": "low"}]
    assert FaceSwapJobStatus.from_wire(wire) == status


def test_a_message_that_is_too_long_is_cut_and_not_refused():
    message = condition("x" * 5000).message
    assert len(message) == MAX_MESSAGE_LENGTH
    assert message.endswith("x…")


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_fits_a_condition(reason):
    assert Condition.model_validate(condition().model_dump() | {"reason": reason}).reason == reason.value


def test_a_reason_is_one_word():
    with pytest.raises(ValidationError, match="reason"):
        Condition.model_validate(condition().model_dump() | {"reason": "no GPU"})


@pytest.mark.parametrize(("done", "percent"), [(0, 0), (1, 0), (199, 99), (200, 100)])
def test_progress_is_full_only_when_all_is_done(done, percent):
    progress = ProgressStatus.counted(chunks=4, chunks_done=2, chunks_failed=0, frames=200, frames_done=done)
    assert (progress.percent, progress.text) == (percent, "2/4")


def test_progress_of_nothing_is_full():
    assert ProgressStatus.counted(chunks=0, chunks_done=0, chunks_failed=0, frames=0, frames_done=0).percent == 100
