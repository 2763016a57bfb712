"""What videos and images have in common: the material of an output, and the merged result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from hybridface_worker.contract.inputs import Inputs, TargetItem
from hybridface_worker.contract.manifest import ChunkManifest
from hybridface_worker.contract.media import ImageInfo, VideoInfo
from hybridface_worker.contract.plan import MAPPED, Plan, PlannedOutput, Unit
from hybridface_worker.contract.probe import Finding, ProbedSource
from hybridface_worker.contract.reasons import Reason

from .context import PhaseContext

COPY_BYTES = 8 * 2**20
SHEET_PAIRS = 6


@dataclass(frozen=True)
class Material:
    """Everything that an output is made from."""

    plan: Plan
    unit: Unit
    output: PlannedOutput
    item: TargetItem
    media: VideoInfo | ImageInfo
    manifests: tuple[ChunkManifest, ...]
    """Of all its chunks, in order; all are done."""
    position: int = 0
    """Of an image within the unit."""


@dataclass
class Merged:
    """A complete output in the scratch folder. A context manager that removes the file."""

    path: Path
    source_bytes: bool
    """Whether it is the target itself, in which no face was selected."""
    frames: int
    faces: int
    frames_with_faces: int
    concealed: tuple[int, ...] = ()
    notes: tuple[Finding, ...] = ()
    sheet: bytes | None = None
    """PNG."""

    @contextmanager
    def being_made(self) -> Iterator[None]:
        """Removes the file if the block ends in an error."""
        try:
            yield
        except BaseException:
            self.path.unlink(missing_ok=True)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.path.unlink(missing_ok=True)


def source_notes(source: str, plan: Plan, inputs: Inputs, probed: Iterable[ProbedSource]) -> tuple[Finding, ...]:
    """Notes on the images of a source and of references: ambiguous faces, and images that are not used."""
    names = plan.identities() if source == MAPPED else (source,)
    shown = {*names, *(person.reference for person in plan.faces.people)}
    uris = {(image.source, image.item): image.uri for image in inputs.sources}
    notes: list[Finding] = []
    for image in probed:
        if image.source not in shown:
            continue
        notes += image.notes
        if image.refusal is not None:
            uri = uris[image.source, image.item]
            message = f"{uri} is not used, only the source's other images are: {image.refusal.message}"
            notes.append(Finding(reason=image.refusal.reason, message=message))
    return tuple(notes)


def frames_with_faces(manifests: tuple[ChunkManifest, ...]) -> Iterator[tuple[int, int]]:
    """Number of each frame (or position of each image) in which a face was swapped, and how many faces."""
    for manifest in manifests:
        for count in manifest.faces:
            if count.faces:
                for number in range(count.start, count.end):
                    yield number, count.faces


def evenly(numbers: list[int], count: int) -> list[int]:
    """At most `count` of them, evenly spaced, the first and the last among them."""
    if len(numbers) <= count:
        return numbers
    return [numbers[round(i * (len(numbers) - 1) / (count - 1))] for i in range(count)]


def copy_source(context: PhaseContext, item: TargetItem, path: Path) -> Finding:
    """Copies the target's own bytes to `path`, and says why. Raises InputRefused where it has changed."""
    with context.open(item) as reader, path.open("wb") as file:
        while data := reader.read(COPY_BYTES):
            file.write(data)
            context.progress.alive()
    return Finding(
        reason=Reason.NO_FACE_SELECTED,
        message=f"no face was selected in {item.uri}: published as it is, byte for byte",
    )
