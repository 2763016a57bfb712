"""The next step of a job, phase by phase, and what stops it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hybridface_operator.reconciling import actions as act
from hybridface_operator.reconciling.actions import JobStanding
from hybridface_operator.reconciling.advance import advance
from hybridface_operator.reconciling.observed import Settings
from hybridface_operator.reconciling.records import EndCause
from hybridface_operator.reconciling.status import status_of
from hybridface_operator.spec.status import JobPhase
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.task import ProbeTask
from support.reconciling import (
    CHUNKS,
    after_records,
    ago,
    died,
    end,
    ended_pod,
    exits,
    found,
    job,
    kinds,
    kube_job,
    merge,
    merging,
    new,
    pod,
    probe,
    probing,
    reports,
    swap,
    swapping,
    unscheduled,
)

FINISHED = kube_job(1, finished=True)
REFUSED = Finding(reason=Reason.NO_GRANT, message="namespace studio has no grant")


def told(seen):
    """The job with the status that is written for its step."""
    return replace(seen, status=status_of(seen, advance(seen), None, currency="USD", index_uri=None))


def test_a_new_job_looks_for_its_inputs():
    step = advance(new())
    assert (step.phase, kinds(step)) == (JobPhase.EXPANDING, ["Expand"])


def test_then_it_asks_for_room_to_look_at_them_and_needs_no_gpu():
    step = advance(probing())
    assert step.request
    assert (step.phase, step.request.phase, step.request.frames) == (JobPhase.PROBING, "probe", 0)
    assert step.request.shards == 4


def test_what_is_looked_at_in_the_time_that_a_pod_takes_to_start_gets_one_pod():
    step = advance(probing(settings=Settings()))
    assert step.request
    assert step.request.shards == 1


def test_what_was_looked_at_is_planned():
    seen = probing()
    step = advance(replace(seen, probes=found(seen, (0, 1), (1, 2), (2, 3))))
    (action,) = step.actions
    assert isinstance(action, act.WritePlan)
    assert len(list(action.plan.chunks())) == 6


def test_the_plan_names_the_image_that_probe_pods_ran():
    seen = probing(attempts=(probe(1, end=end(1), job=None, pods=(ended_pod(0, image_id="image@sha256:2"),)),))
    (action,) = advance(replace(seen, probes=found(seen, (0, 3)))).actions
    assert isinstance(action, act.WritePlan)
    assert action.plan.worker == "image@sha256:2"


def test_a_source_without_a_face_ends_the_job_before_any_gpu_is_asked_for():
    seen = probing()
    probes = found(seen, (0, 1), (1, 2), (2, 3))
    faceless = probes[0].sources[0].model_copy(update={"face": None})
    step = advance(replace(seen, probes={**probes, 0: probes[0].model_copy(update={"sources": (faceless,)})}))
    assert (step.standing, step.reason) == (JobStanding.FAILED, Reason.NO_FACE_IN_SOURCE)


def test_chunks_that_nobody_holds_are_asked_for():
    seen = swapping(committed={CHUNKS[0]: "done"}, attempts=(swap(1, CHUNKS[:2], pods=(pod(),)),))
    step = advance(seen)
    assert step.request
    assert (step.request.shards, step.request.frames) == (2, 128)
    assert step.message == "1 of 4 chunks done, 2 waiting for capacity"


def test_where_nothing_waits_what_runs_is_judged_again():
    step = advance(swapping(attempts=(swap(1, pods=(pod(),)),)))
    assert step.request
    assert (step.request.shards, step.request.frames) == (0, 0)


def test_a_job_that_waits_for_gpus_is_waiting():
    assert advance(swapping()).phase is JobPhase.WAITING
    assert advance(swapping(attempts=(swap(1, pods=(pod(),)),))).phase is JobPhase.SWAPPING


def test_done_chunks_are_merged_and_then_the_index_is_published():
    assert advance(merging()).request.phase == "merge"
    assert kinds(advance(merging(reports=reports()))) == ["PublishIndex"]


def test_a_job_is_complete_with_its_index():
    step = advance(merging(reports=reports(), indexed=True))
    assert (step.standing, step.reason) == (JobStanding.COMPLETE, Reason.ALL_PUBLISHED)
    assert not step.actions


def test_a_job_some_of_whose_outputs_failed_has_failed_and_says_which():
    step = advance(merging(reports=reports(outcome="failed"), indexed=True))
    assert (step.standing, step.reason) == (JobStanding.FAILED, Reason.SOME_OUTPUTS_FAILED)
    assert step.message == "1 of 1 output not published: s3://results/actor/clip-0.mp4: chunk 0-64 failed"


def test_a_job_has_not_ended_before_its_attempts_have():
    seen = merging(reports=reports(), indexed=True, attempts=(merge(1, pods=(pod(),)),))
    assert advance(seen).standing is JobStanding.GOING
    done = after_records(replace(seen, attempts=(merge(1, job=FINISHED, pods=(ended_pod(0),)),)))
    assert advance(done).standing is JobStanding.COMPLETE


def test_what_a_queue_still_holds_back_of_a_job_that_is_done_is_ended():
    seen = merging(reports=reports(), indexed=True, attempts=(swap(1, job=kube_job(1, suspended=True)),))
    assert kinds(advance(seen)) == ["EndAttempt"]


def test_what_ended_is_written_down_before_anything_else():
    seen = swapping(attempts=(swap(1, job=FINISHED, pods=(ended_pod(137),)),))
    step = advance(seen)
    assert kinds(step) == ["RecordExit", "RecordEnd"]
    assert step.request is None
    assert advance(after_records(seen)).request.shards == 4


def test_what_was_preempted_is_dealt_out_again_and_has_no_try_more():
    gone = ended_pod(143, disrupted=True)
    seen = after_records(swapping(attempts=(swap(1, job=None, ending=EndCause.RECLAIMED, pods=(gone,)),)))
    assert [each.end.cause for each in seen.attempts] == [EndCause.RECLAIMED]
    assert not any(each.counts for each in seen.exits.values())
    assert advance(seen).request.shards == 4


def test_suspend_ends_all_that_runs_and_keeps_what_is_done():
    seen = swapping(job=job(suspend=True), committed={CHUNKS[0]: "done"}, attempts=(swap(1), swap(2, CHUNKS[:1])))
    step = advance(seen)
    assert (step.standing, step.reason) == (JobStanding.HELD, Reason.SUSPENDED_BY_USER)
    assert [(each.number, each.cause) for each in step.actions] == [(1, EndCause.SUSPENDED), (2, EndCause.SUSPENDED)]
    assert step.request is None


def test_resume_asks_for_what_is_left():
    seen = swapping(committed={CHUNKS[0]: "done"}, attempts=(swap(1, end=end(1, EndCause.SUSPENDED), job=None),))
    assert advance(seen).request.shards == 3


def test_a_job_that_has_cost_what_it_may_is_held_until_somebody_raises_that():
    spent = swap(1, price="36", pods=(pod(),))
    step = advance(swapping(job=job(budget={"maxCost": "3.00"}), attempts=(spent,)))
    assert (step.standing, step.reason) == (JobStanding.HELD, Reason.COST_LIMIT_REACHED)
    assert "it has cost 3.00 of budget.maxCost 3.00" in step.message
    assert kinds(step) == ["EndAttempt"]
    assert advance(swapping(job=job(budget={"maxCost": "3.01"}), attempts=(spent,))).standing is JobStanding.GOING


@pytest.mark.parametrize("price", [None, "0.50"])
def test_a_job_that_may_cost_nothing_goes_where_gpus_cost_nothing(price):
    budget = {"maxCost": "0.00"} | ({"maxPricePerGpuHour": price} if price else {})
    step = advance(swapping(job=job(budget=budget)))
    assert (step.standing, step.request.max_price_per_gpu_hour) == (JobStanding.GOING, 0)
    free = swap(1, price="0", pods=(pod(),))
    assert advance(swapping(job=job(budget=budget), attempts=(free,))).standing is JobStanding.GOING


def test_a_job_that_may_cost_nothing_is_held_once_it_has_cost_something():
    dear = swap(1, price="36", pods=(pod(),))
    step = advance(swapping(job=job(budget={"maxCost": "0"}), attempts=(dear,)))
    assert (step.standing, step.reason) == (JobStanding.HELD, Reason.COST_LIMIT_REACHED)


def test_consent_that_expired_ends_the_job():
    consent = {"reference": "contract 1", "expires": ago(1).isoformat()}
    step = advance(merging(job=job(consent=consent)))
    assert (step.standing, step.reason) == (JobStanding.FAILED, Reason.CONSENT_EXPIRED)


def test_it_is_looked_at_again_when_consent_expires():
    consent = {"reference": "contract 1", "expires": ago(-60).isoformat()}
    assert advance(swapping(job=job(consent=consent))).wake == ago(-60)


def test_a_grant_that_is_gone_stops_the_job_until_it_is_back():
    seen = swapping(refusal=REFUSED, attempts=(swap(1),))
    step = advance(seen)
    assert (step.standing, step.reason) == (JobStanding.STUCK, Reason.NO_GRANT)
    assert [each.cause for each in step.actions] == [EndCause.REFUSED]
    assert advance(swapping(attempts=(swap(1, end=end(1, EndCause.REFUSED), job=None),))).request.shards == 4


def test_a_specification_that_no_edit_of_anything_else_can_mend_fails():
    assert advance(new(refusal=REFUSED, refusal_is_final=True)).standing is JobStanding.FAILED


def test_a_failed_job_ends_what_runs_before_it_says_so():
    running = new(refusal=REFUSED, refusal_is_final=True, attempts=(swap(1),))
    assert (advance(running).standing, kinds(advance(running))) == (JobStanding.GOING, ["EndAttempt"])
    ended = replace(running, attempts=(swap(1, end=end(1, EndCause.REFUSED), job=None),))
    assert advance(ended).standing is JobStanding.FAILED


def test_a_pod_that_refuses_its_task_ends_the_job():
    step = advance(swapping(exits=exits(died(1, status=64, counts=False))))
    assert (step.standing, step.reason) == (JobStanding.FAILED, Reason.BAD_TASK)
    assert step.message == "pod w-1-0-0 refused its task (exit status 64 (bad task)); its log says why"


def test_what_that_pod_said_is_said_of_the_job():
    refusing = ended_pod(64, name="w-1-0-0", said="the model is not right")
    seen = replace(after_records(swapping(attempts=(swap(1, pods=(refusing,)),))), attempts=())
    assert advance(seen).message == "pod w-1-0-0 refused its task (exit status 64 (bad task)): the model is not right"


def test_how_a_job_ended_stays_as_it_was_told():
    over = told(merging(reports=reports(), indexed=True))
    step = advance(replace(over, refusal=REFUSED))
    assert (step.standing, step.phase) == (JobStanding.COMPLETE, JobPhase.COMPLETED)


@pytest.mark.parametrize("outcome", ["published", "failed"])
def test_what_turns_up_or_is_stuck_after_the_end_is_cleaned_up(outcome):
    over = told(merging(reports=reports(outcome=outcome), indexed=True))
    late = replace(over, attempts=(swap(1, end=end(1)),))
    assert kinds(advance(late)) == ["EndAttempt"]
    stuck = replace(over, attempts=(swap(1, job=kube_job(1, deleting=True), pods=(pod(deleting_since=ago(61)),)),))
    assert kinds(advance(stuck)) == ["RemovePod"]
    not_yet = replace(stuck, attempts=(swap(1, job=kube_job(1, deleting=True), pods=(pod(deleting_since=ago(20)),)),))
    assert advance(not_yet).wake == ago(-41)


def test_each_attempt_is_ended_once_whatever_speaks_against_it():
    stuck = unscheduled(400)
    seen = swapping(job=job(suspend=True), attempts=(swap(1, pods=(stuck,)), swap(2, pods=(stuck,))))
    assert [each.number for each in advance(seen).actions] == [1, 2]


def test_it_is_looked_at_again_when_a_pod_has_found_no_node_for_too_long():
    assert advance(swapping(attempts=(swap(1, pods=(unscheduled(100),)),))).wake == ago(-81)


def fruitless(kind, count, **changes):
    """That many attempts that finished with nothing."""
    return tuple(kind(number, end=end(number, **changes), job=None) for number in range(1, count + 1))


@pytest.mark.parametrize(("seen", "kind"), [(probing(), probe), (swapping(), swap), (merging(), merge)])
def test_a_job_whose_attempts_come_to_nothing_fails_after_some(seen, kind):
    assert advance(replace(seen, attempts=fruitless(kind, 4))).standing is JobStanding.GOING
    step = advance(replace(seen, attempts=fruitless(kind, 5)))
    assert (step.standing, step.reason) == (JobStanding.FAILED, Reason.DEFECT)


def test_probing_that_never_finishes_fails_although_some_of_it_was_done():
    seen = probing(attempts=fruitless(probe, 5))
    step = advance(replace(seen, probes={0: found(seen)[0]}))
    assert step.standing is JobStanding.FAILED


@pytest.mark.parametrize("cause", [each for each in EndCause if each is not EndCause.FINISHED])
def test_attempts_that_somebody_ended_are_not_fruitless(cause):
    seen = swapping(attempts=fruitless(swap, 9, cause=cause))
    assert advance(seen).standing is JobStanding.GOING


def test_attempts_with_a_culprit_or_a_chunk_are_not_fruitless():
    seen = swapping(attempts=fruitless(swap, 5))
    assert advance(replace(seen, exits=exits(died(5)))).standing is JobStanding.GOING
    assert advance(replace(seen, committed={CHUNKS[0]: "done"})).standing is JobStanding.GOING


def test_probing_waits_for_the_attempt_that_runs():
    step = advance(probing(attempts=(probe(1, pods=(pod(),)),)))
    assert step.request is None or step.request.shards == 0
    assert isinstance(probe(1).work, ProbeTask)
