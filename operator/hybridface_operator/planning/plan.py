"""The plan: from what was asked for and what Probe found to everything that decides the bytes of the result.

Pure, and frozen by its first write: it opens no input, reads no clock, and names no machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from hybridface_operator.errors import JobRefused
from hybridface_operator.spec.job import FaceSwapJobSpec
from hybridface_worker.contract import layout
from hybridface_worker.contract.inputs import Inputs, TargetItem, is_reference, reference_name
from hybridface_worker.contract.media import ImageInfo
from hybridface_worker.contract.plan import (
    IMAGES,
    MAPPED,
    ImageEncoding,
    OutputSettings,
    Plan,
    PlannedOutput,
    Refused,
    Unit,
    VideoEncoding,
)
from hybridface_worker.contract.probe import Finding, ProbedItem, ProbedSource, ProbeResult
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Blend, Consent, FaceSelection, ImageFormat, JobRef, Limits, Models, Person

from .chunking import boundaries
from .encoders import choose_encoding
from .outputs import collisions, output_path, over_inputs, unnameable

_NO_FACE = "no face was found; give an image in which the face is seen from the front"


@dataclass(frozen=True)
class _Workable:
    """An item that can be worked, and how."""

    item: TargetItem
    length: int
    video: VideoEncoding | None
    output: PlannedOutput


def make_plan(
    job: JobRef,
    spec: FaceSwapJobSpec,
    models: Models,
    inputs: Inputs,
    probes: Sequence[ProbeResult],
    worker: str,
    limits: Limits,
) -> Plan:
    """Plans the job; items that cannot be worked are in its `refused`.

    Args:
        job: the job.
        spec: what its user asked for.
        models: the models it names, found in the catalogue.
        inputs: every object it reads.
        probes: what Probe found: each row of `inputs` in exactly one of them.
        worker: which worker may work it: an image digest in a cluster, `hybridface==<version>` locally.
        limits: what inputs may be, as Probe was told.

    Raises:
        JobRefused: a source has no image with a face, or a reference shows none.
    """
    _check_sources(inputs, (source for probe in probes for source in probe.sources))
    found = {(item.target, item.item): item for probe in probes for item in probe.items}
    workable: list[_Workable] = []
    refused: list[Refused] = []
    for item in inputs.targets:
        planned = _plan_item(item, found[item.target, item.item], spec)
        if isinstance(planned, Finding):
            refused.append(Refused(target=item.target, item=item.item, finding=planned))
        else:
            workable.append(planned)
    sources = tuple(source.name for source in spec.sources) if spec.faces.map is None else (MAPPED,)
    outputs = [each.output for each in workable]
    refused += unnameable(outputs, spec.output.uri)
    refused += [*over_inputs(outputs, sources, spec.output.uri, inputs), *collisions(outputs)]
    lost = {(each.target, each.item) for each in refused}
    workable = [each for each in workable if (each.item.target, each.item.item) not in lost]
    return Plan(
        job=job,
        inputs_sha256=inputs.digest(),
        consent=Consent(reference=spec.consent.reference, expires=spec.consent.expires),
        worker=worker,
        sources=sources,
        models=models,
        faces=face_selection(spec),
        blend=_blend(spec),
        limits=limits,
        on_decode_error=spec.on_decode_error,
        max_tries_per_chunk=spec.max_tries_per_chunk,
        units=tuple(_units(workable, spec)),
        outputs=tuple(each.output for each in workable),
        refused=tuple(refused),
        output=_output_settings(spec),
        probes=tuple(probe.shard for probe in probes),
    )


def face_selection(spec: FaceSwapJobSpec) -> FaceSelection:
    """Which faces the job swaps, as workers are told."""
    faces = spec.faces
    takers = [None] * len(faces.looked_for()) if faces.map is None else [entry.source for entry in faces.map]
    return FaceSelection(
        select=faces.select if faces.map is None else "map",
        min_score=float(faces.min_score),
        people=tuple(Person(reference=reference_name(n), source=source) for n, source in enumerate(takers)),
        min_similarity=float(faces.min_similarity),
    )


def _check_sources(inputs: Inputs, probed: Iterable[ProbedSource]) -> None:
    """Refuses the job where a source has no image with a face, or a reference shows none.

    Raises:
        JobRefused: it names every image.
    """
    found = {(source.source, source.item): source for source in probed}
    whole: dict[str, list[str]] = {}
    for image in inputs.sources:
        result = found[image.source, image.item]
        said = result.refusal.message if result.refusal else _NO_FACE
        whole.setdefault(image.source, []).append("" if result.face else f"{image.uri}: {said}")
    faceless = {name: "; ".join(said) for name, said in whole.items() if all(said)}
    sources = [f"source {name!r} ({said})" for name, said in faceless.items() if not is_reference(name)]
    if sources:
        raise JobRefused(Reason.NO_FACE_IN_SOURCE, f"no face to swap in: {', '.join(sources)}")
    references = [said for name, said in faceless.items() if is_reference(name)]
    if references:
        raise JobRefused(Reason.NO_FACE_IN_REFERENCE, f"nobody to look for in the reference {', '.join(references)}")


def _blend(spec: FaceSwapJobSpec) -> Blend:
    wanted = spec.blend
    return Blend.model_validate(
        {
            "ratio": float(wanted.ratio),
            "mask": wanted.mask,
            "pixel_boost": wanted.pixel_boost,
            "colour_match": wanted.colour_match,
            "smoothing": wanted.smoothing,
        }
    )


def _plan_item(item: TargetItem, probed: ProbedItem, spec: FaceSwapJobSpec) -> _Workable | Finding:
    if probed.refusal is not None:
        return probed.refusal
    if probed.media is None:
        raise ValueError(f"Probe said nothing of item {item.item} of target {item.target!r}")
    if isinstance(probed.media, ImageInfo):
        output = PlannedOutput(
            target=item.target,
            item=item.item,
            unit=IMAGES,
            path=output_path(item, _image_format(spec) or probed.media.format),
        )
        return _Workable(item, 1, None, output)
    wanted = spec.output.video
    encoding = choose_encoding(probed.media, wanted.container, wanted.encoder, wanted.quality, wanted.options)
    if isinstance(encoding, Finding):
        return encoding
    output = PlannedOutput(
        target=item.target,
        item=item.item,
        unit=layout.video_unit(item.item),
        path=output_path(item, encoding.container),
    )
    return _Workable(item, probed.media.frames, encoding, output)


def _units(workable: Sequence[_Workable], spec: FaceSwapJobSpec) -> Iterator[Unit]:
    """Target by target: its videos one by one, then all its images as one unit."""
    for target, group in groupby(workable, key=lambda each: each.item.target):
        own = list(group)
        for each in own:
            if each.video is not None:
                yield Unit(
                    target=target,
                    unit=each.output.unit,
                    items=(each.item.item,),
                    boundaries=boundaries(each.length, spec.chunk_frames),
                    video=each.video,
                )
        images = tuple(each.item.item for each in own if each.video is None)
        if images:
            yield Unit(
                target=target,
                unit=IMAGES,
                items=images,
                boundaries=boundaries(len(images), spec.chunk_frames),
                image=ImageEncoding(format=_image_format(spec)),
            )


def _image_format(spec: FaceSwapJobSpec) -> ImageFormat | None:
    wanted = spec.output.image.format
    return None if wanted == "same" else ImageFormat(wanted)


def _output_settings(spec: FaceSwapJobSpec) -> OutputSettings:
    output = spec.output
    return OutputSettings(
        uri=output.uri,
        on_conflict=output.on_conflict,
        on_uncopyable=output.on_uncopyable,
        keeps_format=output.video.container == "same"
        and output.video.encoder == "auto"
        and output.image.format == "same",
    )
