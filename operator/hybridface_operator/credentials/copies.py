"""Which inputs are copied into the job's folder, so that the session policy of every phase can name what is read.

One resource stands for a single object, or for a whole prefix that the user named as a target. Where there are too many
for a policy, the server copies some under the job's `in/`, which is one resource for all of them, and `inputs.json`
names the copies. The lightest are copied: the fewest bytes travel. Decides only; `copying` does it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from hybridface_operator.errors import JobRefused
from hybridface_worker.contract.inputs import InputObject, Inputs, SourceImage, TargetItem
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Models

from .session_policy import COPIES, LIMIT_BYTES, PHASES, Reach, fits, input_resource, policy_text, resource_below

Item = TypeVar("Item", SourceImage, TargetItem)

_ANY_ATTEMPT = 999_999
"""Attempts' numbers are written with six digits: one is as long as the other."""
_NAME_LENGTH = 60
"""So much of an object's own name is kept in its copy's: four bytes each, it stays a name that every store takes."""


@dataclass(frozen=True)
class Copy:
    """One object that the server is to copy, as long as it is the one that was listed."""

    item: InputObject
    """What is copied."""
    uri: str
    """Where to."""


def needed_copies(folder: str, inputs: Inputs, models: Models, output: str) -> tuple[Copy, ...]:
    """What has to be copied before `inputs.json` is written; nothing where every policy can name all.

    `folder` and `output` are the URIs of the job's own folder and of its output's.

    Raises:
        BadUriError: a URI is none in S3, or would be a wildcard in a policy.
        JobRefused: no policy would be short enough, whatever is copied.
    """
    reach = Reach.of(folder, inputs, models, output)
    groups = _by_resource(folder, inputs)
    lightest = sorted(groups, key=lambda name: (sum(item.size for item in groups[name]), name))

    def fits_with(number: int) -> bool:
        return _fits(_with_copied(reach, frozenset(lightest[:number])))

    if fits_with(0):
        return ()
    numbers = range(1, len(lightest) + 1)
    number = bisect_left(numbers, True, key=fits_with) + 1
    if number > len(lightest):
        raise JobRefused(
            Reason.INVALID_SPEC,
            f"a policy that lets its attempts in would have more than {LIMIT_BYTES} bytes even with all its inputs "
            "copied: give shorter addresses of the output and of models",
        )
    return tuple(Copy(item, copied_uri(folder, item)) for name in lightest[:number] for item in groups[name])


def with_copies(inputs: Inputs, folder: str, etags: Mapping[str, str]) -> Inputs:
    """The inputs, read from their copies where there is one. `etags` are those of the copies, by their URIs."""
    return inputs.model_copy(
        update={
            "sources": tuple(_moved(item, folder, etags) for item in inputs.sources),
            "targets": tuple(_moved(item, folder, etags) for item in inputs.targets),
        }
    )


def copied_uri(folder: str, item: InputObject) -> str:
    """Where an input's copy goes: it keeps its name, so that people know it again."""
    name = item.uri.rpartition("/")[2][-_NAME_LENGTH:]
    match item:
        case SourceImage():
            return f"{folder}{COPIES}sources/{item.source}/{item.item:06d}/{name}"
        case TargetItem():
            return f"{folder}{COPIES}targets/{item.target}/{item.item:06d}/{name}"
    raise TypeError(f"{type(item).__name__} is neither a source's image nor a target's item")


def _by_resource(folder: str, inputs: Inputs) -> dict[str, list[InputObject]]:
    groups: defaultdict[str, list[InputObject]] = defaultdict(list)
    everything: Sequence[InputObject] = (*inputs.sources, *inputs.targets)
    for item in everything:
        groups[input_resource(folder, item)].append(item)
    return groups


def _with_copied(reach: Reach, copied: frozenset[str]) -> Reach:
    folder = resource_below(reach.folder + COPIES)
    return replace(
        reach,
        sources=(reach.sources - copied) | ({folder} if reach.sources & copied else frozenset()),
        targets=(reach.targets - copied) | ({folder} if reach.targets & copied else frozenset()),
    )


def _fits(reach: Reach) -> bool:
    return all(fits(policy_text(phase, _ANY_ATTEMPT, reach)) for phase in PHASES)


def _moved(item: Item, folder: str, etags: Mapping[str, str]) -> Item:
    uri = copied_uri(folder, item)
    return item.model_copy(update={"uri": uri, "etag": etags[uri]}) if uri in etags else item
