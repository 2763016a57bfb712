"""What a manifest would ask of a placement pass, before anything of it has been looked at. Pure."""

from __future__ import annotations

from datetime import timedelta

from pydantic import ValidationError

from hybridface_operator.errors import UsageError
from hybridface_operator.policy.types import Sensitivity, moment
from hybridface_operator.routing.request import Request, model_set
from hybridface_operator.spec.job import FaceSwapJob
from hybridface_operator.spec.labels import Phase
from hybridface_operator.spec.types import seconds
from hybridface_worker.contract.document import problems
from hybridface_worker.contract.spec import JobRef


def request_of(job: FaceSwapJob, *, now: str, phase: Phase, frames: int | None) -> Request:
    """The job as one request.

    Args:
        job: as its manifest says.
        now: when it is asked, and when it was created where the manifest does not know.
        phase: which of its phases.
        frames: frames and images of its targets; None where nobody knows: then each target counts as one shard.

    Raises:
        UsageError: what an API server writes into metadata is not as it writes it.
    """
    spec, metadata = job.spec, job.metadata
    shards = len(spec.targets)
    if frames is not None and phase == "swap":
        shards = -(-frames // spec.chunk_frames)
    works = 1 if spec.faces.map else len(spec.sources)
    created = metadata.creation_timestamp or now
    budget = spec.budget
    try:
        deadline = moment(created) + timedelta(seconds=seconds(spec.complete_within)) if spec.complete_within else None
        return Request(
            job=JobRef(
                namespace=metadata.namespace,
                name=metadata.name,
                uid=metadata.uid or f"{metadata.namespace}.{metadata.name}",
            ),
            labels=metadata.labels,
            phase=phase,
            created=created,
            sensitivity=Sensitivity(spec.sensitivity),
            priority=spec.priority,
            deadline=deadline and deadline.isoformat(),
            max_price_per_gpu_hour=budget.highest_price if budget else None,
            allowed_pools=spec.placement.allowed_pools if spec.placement else None,
            model_set=model_set(spec.models.detector, spec.models.swapper),
            shards=shards,
            frames=(frames or 0) * works,
        )
    except ValidationError as error:
        raise UsageError(f"{metadata.name}: {'; '.join(problems(error))}") from None
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{metadata.name}: metadata.creationTimestamp: {error}") from None
