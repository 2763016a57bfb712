"""Small plans and inputs for tests that need one without probing anything."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

from hybridface_operator.planning.chunking import boundaries
from hybridface_worker.contract.catalogue import BUILT_IN
from hybridface_worker.contract.inputs import Inputs, SourceImage, TargetItem
from hybridface_worker.contract.layout import video_unit
from hybridface_worker.contract.media import Colour, ImageInfo, VideoInfo
from hybridface_worker.contract.plan import (
    IMAGES,
    ImageEncoding,
    OutputSettings,
    Plan,
    PlannedOutput,
    Unit,
    VideoEncoding,
)
from hybridface_worker.contract.spec import (
    Blend,
    Container,
    FaceSelection,
    ImageFormat,
    JobRef,
    Limits,
    ModelRef,
    Models,
)

JOB = JobRef(namespace="local", name="spring", uid="f" * 32)
ENCODING = VideoEncoding(
    container=Container.MP4, encoder="libx264", options={}, pixel_format="yuv420p", threads=1, rate=Fraction(25)
)


def models(swapper: str = "identity") -> Models:
    named: dict[str, ModelRef] = dict(BUILT_IN)
    return Models(detector=named["centerface"], swapper=named[swapper])


def video(target: str, frames: int, *, item: int = 0, size: int = 64) -> Unit:
    return Unit(
        target=target, unit=video_unit(item), items=(item,), boundaries=boundaries(frames, size), video=ENCODING
    )


def images(target: str, count: int, *, size: int = 64) -> Unit:
    return Unit(
        target=target,
        unit=IMAGES,
        items=tuple(range(count)),
        boundaries=boundaries(count, size),
        image=ImageEncoding(),
    )


def plan(
    *units: Unit,
    sources: Sequence[str] = ("actor",),
    uri: str = "s3://results/",
    on_conflict: Literal["fail", "replace"] = "fail",
    tries: int = 3,
) -> Plan:
    outputs = [
        PlannedOutput(
            target=unit.target,
            item=item,
            unit=unit.unit,
            path=f"{unit.target}/{item}.png" if unit.unit == IMAGES else f"{unit.target}-{item}.mp4",
        )
        for unit in units
        for item in unit.items
    ]
    return Plan(
        job=JOB,
        inputs_sha256="0" * 64,
        worker="hybridface==0",
        sources=tuple(sources),
        models=models(),
        faces=FaceSelection(),
        blend=Blend(),
        limits=Limits(),
        max_tries_per_chunk=tries,
        units=units,
        outputs=tuple(outputs),
        output=OutputSettings(uri=uri, on_conflict=on_conflict),
        probes=(0,),
    )


def inputs(targets: Sequence[str], *, sources: Sequence[str] = ("actor",)) -> Inputs:
    return Inputs(
        sources=tuple(
            SourceImage(source=name, item=0, uri=f"s3://faces/{name}.png", size=1, etag="e") for name in sources
        ),
        targets=tuple(item(name) for name in targets),
    )


def item(target: str, *, number: int = 0, path: str | None = None) -> TargetItem:
    return TargetItem(
        target=target,
        item=number,
        uri=f"s3://inbox/{target}/{path or 'x.mp4'}",
        size=1,
        etag="e",
        relative_path=path or "x.mp4",
        of_prefix=path is not None,
    )


def video_info(frames: int, container: Container = Container.MP4) -> VideoInfo:
    return VideoInfo(
        container=container,
        stream=0,
        codec="h264",
        width=320,
        height=240,
        pixel_format="yuv420p",
        bit_depth=8,
        time_base=Fraction(1, 90000),
        frames=frames,
        packets=frames,
        start_pts=0,
        end_pts=frames * 3600,
        average_rate=Fraction(25),
        has_b_frames=False,
        sample_aspect_ratio=Fraction(1),
        colour=Colour(),
        index_sha256="0" * 64,
    )


def image_info(kind: ImageFormat = ImageFormat.JPEG) -> ImageInfo:
    return ImageInfo(format=kind, width=64, height=64, mode="RGB", bit_depth=8)
