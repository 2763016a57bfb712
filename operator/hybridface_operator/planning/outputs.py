"""What outputs are called, and which of them get in each other's way. Knows nothing of encoders; opens nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from posixpath import splitext

from hybridface_worker.contract import layout
from hybridface_worker.contract.inputs import Inputs, TargetItem
from hybridface_worker.contract.plan import PlannedOutput, Refused
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Container, ImageFormat
from hybridface_worker.store.uri import BadUriError, below, parse_uri

_SUFFIXES: dict[Container | ImageFormat, tuple[str, ...]] = {
    Container.MP4: (".mp4", ".m4v"),
    Container.MOV: (".mov", ".qt"),
    Container.MKV: (".mkv",),
    Container.WEBM: (".webm",),
    ImageFormat.JPEG: (".jpg", ".jpeg", ".jpe", ".jfif"),
    ImageFormat.PNG: (".png",),
    ImageFormat.WEBP: (".webp",),
}
"""Suffixes that say what a file is; the first is the one that new names get."""

_ALL_SUFFIXES = frozenset(suffix for suffixes in _SUFFIXES.values() for suffix in suffixes)


def output_path(item: TargetItem, kind: Container | ImageFormat) -> str:
    """The path below `<output>/<source>/`, or with a map `<output>/`: `<target>.<ext>`, of a prefix with its own path.

    A relative path keeps its suffix where that says `kind` already; one that says something else is replaced, since
    what a file holds is told by its content; one that says nothing of media is part of the name and stays.
    """
    if not item.of_prefix:
        return item.target + _SUFFIXES[kind][0]
    stem, suffix = splitext(item.relative_path)
    if suffix.lower() in _SUFFIXES[kind]:
        return f"{item.target}/{item.relative_path}"
    if suffix.lower() not in _ALL_SUFFIXES:
        stem = item.relative_path
    return f"{item.target}/{stem}{_SUFFIXES[kind][0]}"


def possible_names(target: str) -> tuple[str, ...]:
    """Every name that the output of a target which is a single object may get."""
    return tuple(target + suffixes[0] for suffixes in _SUFFIXES.values())


def collisions(outputs: Sequence[PlannedOutput]) -> list[Refused]:
    """Outputs that cannot all be: of one name, or one named as the folder that another lies in. None of them wins."""
    named: defaultdict[str, list[PlannedOutput]] = defaultdict(list)
    for output in outputs:
        named[output.path].append(output)
    rivals: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    for path, group in named.items():
        folder = path
        while folder := folder.rpartition("/")[0]:
            if folder in named:
                _clash(rivals, [*named[folder], *group])
        if len(group) > 1:
            _clash(rivals, group)
    return [
        Refused(target=output.target, item=output.item, finding=_finding(output, rivals[output.target, output.item]))
        for output in outputs
        if (output.target, output.item) in rivals
    ]


def unnameable(outputs: Sequence[PlannedOutput], folder: str) -> list[Refused]:
    """Outputs whose names no URI below the output's folder can hold: files may be called what objects may not."""
    refused = []
    for output in outputs:
        try:
            below(folder, output.path)
        except BadUriError as error:
            finding = Finding(reason=Reason.OUTPUT_NOT_WRITABLE, message=error.message)
            refused.append(Refused(target=output.target, item=output.item, finding=finding))
    return refused


def over_inputs(outputs: Sequence[PlannedOutput], sources: Sequence[str], folder: str, inputs: Inputs) -> list[Refused]:
    """Outputs that would stand where something stands that the job reads: `onConflict: replace` would destroy it."""
    read = {parse_uri(each.uri): each.uri for each in (*inputs.sources, *inputs.targets)}
    place = parse_uri(folder)
    refused = []
    for output in outputs:
        paths = (layout.output_path(source, output.path) for source in sources)
        over = [uri for path in paths if (uri := read.get(replace(place, key=place.key + path)))]
        if over:
            message = (
                f"its output would take the place of {over[0]}, which the job reads; choose another spec.output.uri"
            )
            finding = Finding(reason=Reason.OUTPUTS_COLLIDE, message=message)
            refused.append(Refused(target=output.target, item=output.item, finding=finding))
    return refused


def differ_only_in_case(outputs: Iterable[PlannedOutput]) -> list[tuple[str, ...]]:
    """Paths that are one file where the file system does not tell capital from small letters. No refusal: a note."""
    folded: defaultdict[str, list[str]] = defaultdict(list)
    for output in outputs:
        folded[output.path.casefold()].append(output.path)
    return [tuple(paths) for paths in folded.values() if len(set(paths)) > 1]


def _clash(rivals: defaultdict[tuple[str, int], set[str]], group: Sequence[PlannedOutput]) -> None:
    names = {f"item {output.item} of target {output.target!r}" for output in group}
    for output in group:
        rivals[output.target, output.item] |= names


def _finding(output: PlannedOutput, rivals: set[str]) -> Finding:
    others = sorted(rivals - {f"item {output.item} of target {output.target!r}"})
    return Finding(
        reason=Reason.OUTPUTS_COLLIDE,
        message=f"its output would be {output.path}, in the way of {', '.join(others[:3])}"
        f"{' and others' if len(others) > 3 else ''}; rename one of them",
    )
