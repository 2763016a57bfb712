"""FaceSwapJobs whose inputs were found and probed by an operator before, in a studio in memory."""

from __future__ import annotations

from typing import Any

from hybridface_operator.kube.api import Kind
from hybridface_operator.spec.parse import parse_job
from hybridface_operator.storage.expand import expand
from hybridface_worker.contract import layout
from hybridface_worker.contract.probe import FaceBox, ProbedItem, ProbedSource, ProbeResult
from support.plans import video_info
from support.simulation_world import NAMESPACE, Studio, job_area

_FACE = FaceBox(box=(0, 0, 9, 9), points=((1, 1), (2, 1), (1, 2), (1, 3), (2, 3)), score=0.9)


def probed_job(studio: Studio, name: str, frames: int, **spec: Any) -> str:
    """Makes a job over one video, and does what Expand and Probe would do for it. Returns its uid."""
    uid = studio.job(name, frames, **spec)
    area = job_area(studio.stores, uid)
    stores: Any = studio.stores
    inputs = expand(parse_job(studio.api.found(Kind.FACE_SWAP_JOB, NAMESPACE, name)).spec, stores)
    sources = tuple(
        ProbedSource(source=each.source, item=each.item, width=9, height=9, face=_FACE) for each in inputs.sources
    )
    items = tuple(ProbedItem(target=each.target, item=each.item, media=video_info(frames)) for each in inputs.targets)
    area.put(layout.INPUTS, inputs)
    for result in (ProbeResult(shard=0, sources=sources), ProbeResult(shard=1, items=items)):
        area.put(layout.probe_result(result.shard), result)
    return uid
