"""The next step of a job, in numbered order: the first that has something to do decides.

1. What ended is written down. 2. A job that is over keeps nothing running. 3. What may not run is stopped. 4. Inputs
are found. 5. They are probed. 6. The plan is made. 7. Chunks are worked. 8. Outputs are merged. 9. The index says all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hybridface_operator.errors import JobRefused
from hybridface_operator.planning.plan import make_plan
from hybridface_operator.planning.tries import describe
from hybridface_operator.policy.words import several
from hybridface_operator.routing.request import Request, model_set
from hybridface_operator.spec.labels import Phase
from hybridface_operator.spec.status import ConditionType, JobPhase
from hybridface_worker.contract import layout
from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.contract.inputs import Inputs
from hybridface_worker.contract.plan import Plan
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.task import MergeTask, ProbeTask, SwapTask
from hybridface_worker.store.uri import below

from . import ended, ending, merging, probing, swapping
from .actions import Action, EndAttempt, Expand, GiveUpProbe, JobStanding, PublishIndex, Step, WritePlan
from .hindrance import hindrance
from .observed import Observed
from .records import EndCause
from .waking import wake

_NAMED = 3


def advance(seen: Observed) -> Step:
    """What is to be done next. Total: no observation makes it raise."""
    records = tuple(ended.records(seen))
    if records:
        return _going(_phase(seen), Reason.IN_PROGRESS, "writing down what ended", records)
    final = _final(seen)
    if final is not None:
        return _tidied(seen, replace(final, actions=_leftovers(seen, final)), ending.superfluous(seen))
    step = _hindered(seen, _unless_live(seen, _stopped(seen) or _forward(seen)))
    return _tidied(seen, step, (*ending.too_open(seen), *ending.superfluous(seen), *ending.lost(seen)))


def _unless_live(seen: Observed, step: Step) -> Step:
    """A job has ended once it is written down how its attempts did: who sees that it is over need not look again."""
    if step.standing.final and seen.live():
        held_back = ending.suspended(seen) if step.standing is JobStanding.COMPLETE else ()
        return replace(step, phase=_phase(seen), standing=JobStanding.GOING, actions=(*step.actions, *held_back))
    return step


def _hindered(seen: Observed, step: Step) -> Step:
    """The step, with why nothing comes of it where that is so."""
    why = hindrance(seen) if step.standing is JobStanding.GOING else None
    return replace(step, reason=why.reason, message=f"{step.message}; {why.message}") if why else step


def _tidied(seen: Observed, step: Step, ends: Iterable[EndAttempt]) -> Step:
    """The step, and what is done whatever it is: pods that are stuck go, and so do those attempts, each once."""
    known = {action.number for action in step.actions if isinstance(action, EndAttempt)}
    once: dict[int, EndAttempt] = {}
    for each in ends:
        if each.number not in known:
            once.setdefault(each.number, each)
    return replace(step, actions=(*step.actions, *ending.overdue(seen), *once.values()), wake=wake(seen))


def _final(seen: Observed) -> Step | None:
    """How the job ended, if it has."""
    for condition in seen.status.conditions:
        if condition.status != "True":
            continue
        reason = Reason(condition.reason) if condition.reason in set(Reason) else Reason.DEFECT
        if condition.type is ConditionType.COMPLETE:
            return Step(JobPhase.COMPLETED, JobStanding.COMPLETE, reason, condition.message)
        if condition.type is ConditionType.FAILED:
            return Step(JobPhase.FAILED, JobStanding.FAILED, reason, condition.message)
    return None


def _leftovers(seen: Observed, final: Step) -> tuple[Action, ...]:
    """Ends what still runs for a job that failed. That of one that is complete has done its work and ends by itself."""
    if final.standing is JobStanding.COMPLETE:
        return ()
    return tuple(ending.stop(seen, EndCause.NOT_NEEDED, "the job is over"))


def _stopped(seen: Observed) -> Step | None:
    """What keeps the job from running, if anything does."""
    refusal = seen.refusal
    if refusal is not None:
        stop = tuple(ending.stop(seen, EndCause.REFUSED, refusal.message))
        if seen.refusal_is_final:
            return Step(JobPhase.FAILED, JobStanding.FAILED, refusal.reason, refusal.message, stop)
        return Step(JobPhase.WAITING, JobStanding.STUCK, refusal.reason, refusal.message, stop)
    if said := seen.job.spec.consent.expired(seen.now):
        return _failed(seen, Reason.CONSENT_EXPIRED, said, EndCause.REFUSED)
    wrong = next((end for end in seen.exits.values() if end.status == ExitCode.BAD_TASK), None)
    if wrong is not None:
        why = f": {wrong.said}" if wrong.said else "; its log says why"
        said = f"pod {wrong.worker} refused its task ({describe(wrong.status)}){why}"
        return _failed(seen, Reason.BAD_TASK, said, EndCause.REFUSED)
    if seen.job.spec.suspend:
        said = "spec.suspend is true; committed work is kept"
        return _held(seen, Reason.SUSPENDED_BY_USER, said)
    if seen.over_budget and seen.job.spec.budget:
        said = f"it has cost {seen.cost:.2f} of budget.maxCost {seen.job.spec.budget.max_cost}; raise it to continue"
        return _held(seen, Reason.COST_LIMIT_REACHED, said)
    return None


def _forward(seen: Observed) -> Step:
    if seen.plan is not None:
        return _swap(seen, seen.plan)
    if seen.inputs is not None:
        return _probe(seen, seen.inputs)
    return _going(JobPhase.EXPANDING, Reason.IN_PROGRESS, "looking for the inputs", (Expand(),))


def _probe(seen: Observed, inputs: Inputs) -> Step:
    progress = probing.progress(seen, inputs)
    if progress.given_up:
        actions = tuple(GiveUpProbe(result) for result in progress.given_up)
        return _going(JobPhase.PROBING, Reason.IN_PROGRESS, "failing inputs that end their workers", actions)
    if not progress.missing:
        return _plan(seen, inputs, progress)
    live = any(attempt.live for attempt in seen.of(ProbeTask))
    if not live and (failed := _fruitless(seen, ProbeTask)):
        return failed
    done = len(progress.found) - len(progress.missing)
    said = f"probing inputs: {done} of {several(len(progress.found), 'shard')} done"
    request = None if live else _request(seen, "probe", len(progress.missing), 0)
    return _going(JobPhase.PROBING, Reason.IN_PROGRESS, said, (), request or _judged(seen, "probe"))


def _plan(seen: Observed, inputs: Inputs, progress: probing.Probing) -> Step:
    probes = [seen.probes[shard] for shard in progress.found]
    if seen.models is None:
        raise ValueError("a job whose models are not known is not planned")
    try:
        worker = probing.worker_image(seen)
        plan = make_plan(seen.ref, seen.job.spec, seen.models, inputs, probes, worker, seen.settings.limits)
    except JobRefused as refused:
        return _failed(seen, refused.reason, str(refused), EndCause.REFUSED)
    return _going(JobPhase.PLANNING, Reason.IN_PROGRESS, "planning", (WritePlan(plan),))


def _swap(seen: Observed, plan: Plan) -> Step:
    progress = swapping.progress(seen, plan)
    if progress.lost:
        return _going(JobPhase.SWAPPING, Reason.TOO_MANY_TRIES, "giving up chunks", progress.lost)
    if not progress.left:
        return _merge(seen, plan)
    live = any(attempt.live for attempt in seen.of(SwapTask))
    if not live and (failed := _fruitless(seen, SwapTask)):
        return failed
    total = len(progress.needed)
    said = f"{total - len(progress.left)} of {several(total, 'chunk')} done"
    if progress.waiting:
        said += f", {len(progress.waiting)} waiting for capacity"
    frames = sum(chunk.length for chunk in progress.waiting)
    request = _request(seen, "swap", progress.ranges, frames) if progress.waiting else _judged(seen, "swap")
    phase = JobPhase.SWAPPING if live else JobPhase.WAITING
    return _going(phase, Reason.IN_PROGRESS if live else Reason.WAITING, said, (), request)


def _merge(seen: Observed, plan: Plan) -> Step:
    progress = merging.progress(seen, plan)
    if progress.lost:
        return _going(JobPhase.MERGING, Reason.TOO_MANY_TRIES, "giving up outputs", progress.lost)
    if not progress.left:
        return _finish(seen, plan)
    live = any(attempt.live for attempt in seen.of(MergeTask))
    if not live and (failed := _fruitless(seen, MergeTask)):
        return failed
    total = plan.published_count
    said = f"{total - len(progress.left)} of {several(total, 'output')} published or reported on"
    request = _judged(seen, "merge") if live else _request(seen, "merge", len(progress.waiting), 0)
    return _going(JobPhase.MERGING, Reason.IN_PROGRESS, said, (), request)


def _finish(seen: Observed, plan: Plan) -> Step:
    if not seen.indexed:
        return _going(JobPhase.MERGING, Reason.IN_PROGRESS, "publishing the index", (PublishIndex(),))
    failed = {position: each for position, each in seen.reports.items() if each.outcome == "failed"}
    bad = len(failed) + len(plan.refused) * len(plan.sources)
    total = len(seen.reports) + len(plan.refused) * len(plan.sources)
    if not bad:
        said = f"{several(total, 'output')} published under {plan.output.uri}"
        return Step(JobPhase.COMPLETED, JobStanding.COMPLETE, Reason.ALL_PUBLISHED, said)
    named = [f"{_uri(plan, position)}: {each.finding.message}" for position, each in failed.items() if each.finding]
    named += [f"{refused.target}, item {refused.item}: {refused.finding.message}" for refused in plan.refused]
    more = f"; and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    said = f"{bad} of {several(total, 'output')} not published: {'; '.join(named[:_NAMED])}{more}"
    return Step(JobPhase.FAILED, JobStanding.FAILED, Reason.SOME_OUTPUTS_FAILED, said)


def _uri(plan: Plan, position: int) -> str:
    """Where an output is, or was to be."""
    source, output = plan.published_at(position)
    return below(plan.output.uri, layout.output_path(source, output.path))


def _fruitless(seen: Observed, kind: type[ProbeTask | SwapTask | MergeTask]) -> Step | None:
    """The end of a job whose attempts come to nothing, one after the other, and nobody knows why."""
    count = swapping.fruitless(seen, seen.of(kind))
    if count < seen.settings.fruitless_attempts:
        return None
    said = f"{count} attempts in a row ended without a result; the logs of their pods say why"
    return _failed(seen, Reason.DEFECT, said, EndCause.REFUSED)


def _request(seen: Observed, phase: Phase, shards: int, frames: int) -> Request:
    spec = seen.job.spec
    models = seen.models
    return Request(
        job=seen.ref,
        labels=dict(seen.job.metadata.labels),
        phase=phase,
        created=seen.created.isoformat(),
        sensitivity=seen.sensitivity,
        priority=spec.priority,
        deadline=seen.deadline.isoformat() if seen.deadline else None,
        max_price_per_gpu_hour=spec.budget.highest_price if spec.budget else None,
        allowed_pools=spec.placement.allowed_pools if spec.placement else None,
        model_set=model_set(models.detector.name, models.swapper.name) if models else "",
        shards=shards,
        frames=frames,
    )


def _judged(seen: Observed, phase: Phase) -> Request | None:
    """A request for nothing, where something runs: its pools are judged again."""
    return _request(seen, phase, 0, 0) if any(attempt.running for attempt in seen.attempts) else None


def _going(
    phase: JobPhase, reason: Reason, message: str, actions: Iterable[Action], request: Request | None = None
) -> Step:
    return Step(phase, JobStanding.GOING, reason, message, tuple(actions), request)


def _held(seen: Observed, reason: Reason, message: str) -> Step:
    stop = tuple(ending.stop(seen, EndCause.SUSPENDED, message))
    return Step(JobPhase.SUSPENDED, JobStanding.HELD, reason, message, stop)


def _failed(seen: Observed, reason: Reason, message: str, cause: EndCause) -> Step:
    return Step(JobPhase.FAILED, JobStanding.FAILED, reason, message, tuple(ending.stop(seen, cause, message)))


def _phase(seen: Observed) -> JobPhase:
    """The phase as it was last told, where nothing new is known."""
    return seen.status.phase
