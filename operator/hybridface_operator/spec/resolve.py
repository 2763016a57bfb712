"""Resolves a manifest's relative URIs against its folder. Opens nothing, follows no link."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .job import FaceSwapJob
from .model import SpecModel
from .uris import resolve


def resolve_uris(job: FaceSwapJob, folder: Path) -> FaceSwapJob:
    """The job with every address resolved: every field of its specification that is called `uri`."""
    return job.model_copy(update={"spec": _resolved(job.spec, folder)})


def _resolved(value: Any, folder: Path) -> Any:
    if isinstance(value, tuple):
        return tuple(_resolved(item, folder) for item in value)
    if not isinstance(value, SpecModel):
        return value
    fields = {name: _resolved(getattr(value, name), folder) for name in type(value).model_fields}
    if "uri" in fields:
        fields["uri"] = resolve(fields["uri"], folder)
    return value.model_copy(update=fields)
