"""The session policy of one attempt: what its pods may do in object storage, and nothing else. Decides only.

A policy is an IAM document in JSON that goes with AssumeRole; what it does not allow is denied. Workers never list and
never delete, so no policy says so. By phase:

- Probe reads `inputs.json`, its attempt, sources, targets, the detector; reads and writes `probe/`.
- Swap reads these, `plan.json`, `probe/`, the other models; reads and writes `chunks/`, `done/`, `tries/<attempt>/`.
- Merge reads `inputs.json`, `plan.json`, its attempt, targets, `probe/`, `chunks/`, `done/`; reads and writes `merged/`
  and what lies under the output.

What is written may be read there as well: HEAD, which tells whether a chunk is committed and whose an output is, asks
for `s3:GetObject`. Aborting an upload deletes no object: it gives back the parts of an upload that came too late.

Inputs are named one by one. The one exception is a target whose URI is a prefix: everything under it is what the user
asked for, and the grant was checked against the prefix itself, so `<prefix>/*` opens nothing that was not granted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from hybridface_operator.errors import JobRefused
from hybridface_operator.spec.labels import Phase
from hybridface_worker.contract import layout
from hybridface_worker.contract.inputs import InputObject, Inputs, TargetItem
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import ModelRef, Models
from hybridface_worker.store.uri import BadUriError, Location, parse_uri

PHASES: tuple[Phase, ...] = ("probe", "swap", "merge")

LIMIT_BYTES = 2048
"""A session policy has to stay under this. The service says characters, and counts bytes of UTF-8 as it writes JSON."""
COPIES = "in/"
"""Below a job's folder: inputs that the server copied there, since there were too many to name them in a policy."""

_ESCAPED = {ord(letter): f"\\u{ord(letter):04x}" for letter in "&<>\u2028\u2029"}
"""The service writes the policy anew before it counts, and Go's JSON escapes these: so written it is as long here."""
_READ = ("s3:GetObject",)
_READ_AND_WRITE = ("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload")


@dataclass(frozen=True)
class Reach:
    """All that a job's attempts need outside the job's own records. Sources and targets are resources of a policy."""

    folder: str
    """URI of the job's own folder."""
    sources: frozenset[str]
    """Of images of sources."""
    targets: frozenset[str]
    """Of targets."""
    models: Models
    """The models that are no file need nothing."""
    output: str
    """URI of the folder that outputs lie under."""

    @classmethod
    def of(cls, folder: str, inputs: Inputs, models: Models, output: str) -> Self:
        """What a job needs whose inputs are these. Raises BadUriError like `input_resource`."""
        return cls(folder, *input_resources(folder, inputs), models, output)


def session_policy(phase: Phase, attempt: int, reach: Reach) -> str:
    """The policy of an attempt's credentials, as AssumeRole takes it.

    Raises:
        BadUriError: a URI is none in S3, or would be a wildcard in the policy.
        JobRefused: it is too long; `copies.needed_copies` sees to it, when a job is expanded, that none is.
    """
    policy = policy_text(phase, attempt, reach)
    if not fits(policy):
        raise JobRefused(
            Reason.INVALID_SPEC,
            f"the storage policy of its {phase} attempts has {len(policy.encode())} bytes and has to stay under "
            f"{LIMIT_BYTES}: give shorter addresses of the output and of models",
        )
    return policy


def fits(policy: str) -> bool:
    """Whether the service takes a policy of that length."""
    return len(policy.encode()) < LIMIT_BYTES


def policy_text(phase: Phase, attempt: int, reach: Reach) -> str:
    """The policy, however long it is. Raises BadUriError."""
    folder, models = reach.folder, reach.models
    task = [resource(folder + key) for key in (layout.INPUTS, layout.attempt(attempt))]
    plan = resource(folder + layout.PLAN)
    probe, chunks, done, merged = (resource_below(f"{folder}{name}/") for name in ("probe", "chunks", "done", "merged"))
    match phase:
        case "probe":
            reads = [*task, *_files([models.detector]), *reach.sources, *reach.targets]
            writes = [probe]
        case "swap":
            reads = [*task, plan, probe, *_files(models.used()), *reach.sources, *reach.targets]
            writes = [chunks, done, resource_below(f"{folder}tries/{attempt:06d}/")]
        case "merge":
            reads = [*task, plan, probe, chunks, done, *reach.targets]
            writes = [merged, resource_below(reach.output)]
    return _document((_READ, reads), (_READ_AND_WRITE, writes))


def input_resources(folder: str, inputs: Inputs) -> tuple[frozenset[str], frozenset[str]]:
    """Of images of sources, and of targets: few, whatever there is below a prefix. Raises BadUriError."""
    sources = frozenset(input_resource(folder, item) for item in inputs.sources)
    return sources, frozenset(input_resource(folder, item) for item in inputs.targets)


def input_resource(folder: str, item: InputObject) -> str:
    """The resource by which an input is read: itself, the prefix that the user named, or where it was copied to.

    Raises:
        BadUriError: its URI is none in S3, or would be a wildcard in a policy.
    """
    if item.uri.startswith(folder + COPIES):
        return resource_below(folder + COPIES)
    if isinstance(item, TargetItem) and item.of_prefix:
        return resource_below(item.uri.removesuffix(item.relative_path))
    return resource(item.uri)


def resource(uri: str) -> str:
    """The resource that is one object. Raises BadUriError."""
    location = _in_s3(uri)
    if location.is_prefix:
        raise BadUriError(Reason.BAD_TASK, f"{uri!r}: a folder; a policy names one object here")
    return f"arn:aws:s3:::{location.bucket}/{location.key}"


def resource_below(uri: str) -> str:
    """The resource that is every object below a prefix, which ends in a slash. Raises BadUriError."""
    location = _in_s3(uri)
    if not location.is_prefix or not uri.endswith("/"):
        raise BadUriError(
            Reason.BAD_TASK, f"{uri!r}: no folder; without a slash at its end others' names begin with it"
        )
    return f"arn:aws:s3:::{location.bucket}/{location.key}*"


def _in_s3(uri: str) -> Location:
    """The URI taken apart; reading it refuses what a policy would take for a wildcard or a variable."""
    location = parse_uri(uri)
    if location.scheme != "s3":
        raise BadUriError(Reason.BAD_TASK, f"{uri!r}: a cluster's workers read and write objects alone: give s3://")
    return location


def _files(models: Iterable[ModelRef | None]) -> list[str]:
    return [resource(model.uri) for model in models if model is not None and model.uri is not None]


def _document(*allowed: tuple[tuple[str, ...], list[str]]) -> str:
    statements = [
        {"Effect": "Allow", "Action": actions, "Resource": sorted(set(resources))} for actions, resources in allowed
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"), ensure_ascii=False)
    return text.translate(_ESCAPED)
