"""Which job this is: the same name, specification, inputs and models are the same job, and it goes on where it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hybridface_worker.contract import layout
from hybridface_worker.contract.document import DocumentError
from hybridface_worker.contract.inputs import Inputs
from hybridface_worker.contract.spec import JobRef, Limits, Models
from hybridface_worker.contract.task import Attempt

CLUSTER = "local"
"""Stands where a cluster's name does in the layout of the store, and for the namespace of a manifest without one."""


def job_uid(
    namespace: str, name: str, immutable_spec: Mapping[str, Any], models: Models, inputs: Inputs, limits: Limits
) -> str:
    """The job's uid on this machine: 32 hexadecimal digits of the digest of everything that its result depends on.

    Limits count where they are not the usual ones.
    """
    parts = [namespace, name, immutable_spec, models.model_dump(mode="json", exclude_none=True), inputs.digest()]
    parts += [limits.model_dump(mode="json")] if limits != Limits() else []
    return hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:32]


def changed_inputs(root: Path, job: JobRef, inputs: Inputs) -> list[str]:
    """URIs of inputs that changed since jobs of that name were last run here; empty where this very job was.

    A changed input makes a new job. This is how a run can say so, instead of silently starting anew.
    """
    jobs = root / layout.job_prefix(CLUSTER, job.uid)
    if (jobs / layout.INPUTS).exists():
        return []
    now = {item.uri: item.etag for item in (*inputs.sources, *inputs.targets)}
    changed: dict[str, None] = {}
    for earlier in _earlier(jobs.parent, job):
        before = {item.uri: item.etag for item in (*earlier.sources, *earlier.targets)}
        changed.update({uri: None for uri in now if uri in before and before[uri] != now[uri]})
    return list(changed)


def _earlier(jobs: Path, job: JobRef) -> Iterator[Inputs]:
    for folder in sorted(jobs.iterdir()) if jobs.is_dir() else ():
        try:
            first = Attempt.from_bytes((folder / layout.attempt(1)).read_bytes(), str(folder))
            if (first.job.namespace, first.job.name) == (job.namespace, job.name):
                yield Inputs.from_bytes((folder / layout.INPUTS).read_bytes(), str(folder))
        except (OSError, DocumentError):
            continue
