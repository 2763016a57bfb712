"""Made-up inputs and models of one job, for tests of what its credentials open."""

from __future__ import annotations

from collections.abc import Iterable

from hybridface_operator.credentials.session_policy import Reach
from hybridface_worker.contract.inputs import Inputs, SourceImage, TargetItem
from hybridface_worker.contract.spec import ModelRef, Models

FOLDER = "s3://work/8a4c60d3-6b4f-4c6a-9d8e-0d2f7f5a1b11/jobs/5c1f7e52-0000-4000-8000-000000000001/"
OUTPUT = "s3://results/spring/"
MODELS = Models(
    detector=ModelRef(
        name="d", kind="detector", format="onnx", uri="s3://models/detector.onnx", sha256="0" * 64, licence="MIT"
    ),
    swapper=ModelRef(
        name="s", kind="swapper", format="onnx", uri="s3://models/swapper.onnx", sha256="0" * 64, licence="MIT"
    ),
)


def image(
    uri: str = "s3://faces/front.png", *, number: int = 0, size: int = 1000, source: str = "actor"
) -> SourceImage:
    """An image of a source."""
    return SourceImage(uri=uri, size=size, etag="e", source=source, item=number)


def item(
    uri: str = "s3://inbox/clip.mp4",
    *,
    path: str | None = None,
    number: int = 0,
    size: int = 1000,
    target: str = "clip",
    of_prefix: bool = False,
) -> TargetItem:
    """An item of a target."""
    path = path or uri.rpartition("/")[2]
    return TargetItem(uri=uri, size=size, etag="e", target=target, item=number, relative_path=path, of_prefix=of_prefix)


def inputs(images: Iterable[SourceImage], items: Iterable[TargetItem]) -> Inputs:
    """All that a job reads."""
    return Inputs(sources=tuple(images), targets=tuple(items))


def reach(
    images: Iterable[SourceImage], items: Iterable[TargetItem], *, folder: str = FOLDER, output: str = OUTPUT
) -> Reach:
    """What the job's attempts need."""
    return Reach.of(folder, inputs(images, items), MODELS, output)
