"""From what mirror and memory hold to one observation. Judges what may not run as it stands; does no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from hybridface_operator.catalogue import resolve_models
from hybridface_operator.credentials.check import check_access
from hybridface_operator.errors import JobRefused
from hybridface_operator.manifests.attempt import job_name
from hybridface_operator.policy.grants import effective_sensitivity
from hybridface_operator.policy.tenants import Tenants
from hybridface_operator.policy.types import Sensitivity
from hybridface_operator.reconciling.observed import AttemptView, Observed, Settings
from hybridface_operator.reconciling.seen import JobState, PodState
from hybridface_operator.spec.job import FaceSwapJob
from hybridface_operator.spec.objects import Body, job_ref
from hybridface_operator.spec.parse import parse_job
from hybridface_operator.spec.problems import SpecError
from hybridface_operator.spec.refuse import unsupported_models
from hybridface_operator.spec.status import FaceSwapJobStatus
from hybridface_worker.contract.catalogue import Catalogue
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import JobRef, Models

from .memory import JobMemory


@dataclass(frozen=True)
class Judged:
    """A FaceSwapJob as it stands: what it asks for, or why it may not run."""

    ref: JobRef
    job: FaceSwapJob | None
    models: Models | None = None
    refusal: Finding | None = None
    final: bool = False
    """Whether nothing but a new job can mend that."""


def judge(body: Body, tenants: Tenants, catalogue: Catalogue) -> Judged:
    """Whether the job may run at all. What a grant or a catalogue can mend is not final: it waits for that."""
    ref = job_ref(body)
    try:
        job = parse_job({name: value for name, value in body.items() if name != "status"})
    except SpecError as error:
        return Judged(ref, None, None, *_unreadable(error))
    refused = check_access(ref.namespace, tenants.grant(ref.namespace), job.spec)
    if refused:
        message = "; ".join(finding.message for finding in refused)
        return Judged(ref, job, None, Finding(reason=refused[0].reason, message=message))
    try:
        models = resolve_models(job, catalogue)
    except JobRefused as error:
        return Judged(ref, job, None, Finding(reason=error.reason, message=str(error)))
    if messages := unsupported_models(models):
        return Judged(ref, job, None, Finding(reason=Reason.MODEL_NOT_FOUND, message="; ".join(messages)))
    return Judged(ref, job, models)


def _unreadable(error: SpecError) -> tuple[Finding, bool]:
    """What is said of a specification that cannot be read, and whether that is final.

    The API server drops fields, and refuses values, that its CRD does not have. What came through all the same is of a
    later release's CRD, which is in place before an operator is upgraded, and after it was rolled back.
    """
    if any(problem.unknown for problem in error.problems):
        message = f"the CRD is newer than the operator; upgrade the operator, until then nothing is started: {error}"
        return Finding(reason=Reason.OPERATOR_TOO_OLD, message=message), False
    return Finding(reason=Reason.INVALID_SPEC, message=str(error)), True


def observe(
    judged: Judged,
    job: FaceSwapJob,
    memory: JobMemory,
    *,
    status: Body | None,
    jobs: Mapping[str, JobState],
    pods: Mapping[str, PodState],
    tenants: Tenants,
    settings: Settings,
    free_gpus: Mapping[str, int],
    closed: frozenset[str],
    now: datetime,
) -> Observed:
    """All that is known of the job, at one moment."""
    grant = tenants.grant(judged.ref.namespace)
    declared = Sensitivity(job.spec.sensitivity)
    return Observed(
        now=now,
        job=job,
        ref=judged.ref,
        sensitivity=effective_sensitivity(declared, grant) if grant else Sensitivity.RESTRICTED,
        models=judged.models,
        settings=settings,
        status=FaceSwapJobStatus.from_wire(status),
        refusal=judged.refusal,
        refusal_is_final=judged.final,
        inputs=memory.inputs,
        probes=dict(memory.probes),
        plan=memory.plan,
        chunks=memory.chunks if memory.plan else None,
        committed=dict(memory.committed),
        busy=memory.busy,
        video_seconds=memory.video_seconds,
        attempts=tuple(_attempts(judged.ref.name, memory, jobs, pods)),
        exits=dict(memory.exits),
        tries=dict(memory.tries),
        reports=dict(memory.reports),
        indexed=memory.indexed,
        free_gpus=free_gpus,
        closed=closed,
    )


def _attempts(
    name: str, memory: JobMemory, jobs: Mapping[str, JobState], pods: Mapping[str, PodState]
) -> Iterator[AttemptView]:
    """An attempt's Job is known by its name, and pods that another Job has made are none of it: somebody copied it."""
    for number, document in sorted(memory.attempts.items()):
        job = jobs.get(job_name(name, document.work.phase, number))
        others = {other.uid for other in jobs.values() if other is not job}
        yield AttemptView(
            document=document,
            job=job,
            pods=tuple(pod for pod in pods.values() if pod.attempt == number and pod.controller not in others),
            end=memory.ends.get(number),
            ending=memory.ending.get(number),
            said=memory.said.get(number),
        )
