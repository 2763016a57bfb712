"""An output that does not come about leaves no file in scratch: the next may need the room."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.inputs import TargetItem
from hybridface_worker.contract.manifest import ChunkManifest, FaceCount
from hybridface_worker.contract.media import ImageInfo, VideoInfo
from hybridface_worker.contract.plan import Unit
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import ImageFormat, Limits
from hybridface_worker.images.pack import Packer
from hybridface_worker.images.probe import probe_image
from hybridface_worker.phases.context import PhaseContext
from hybridface_worker.phases.merging import Material, Merged
from hybridface_worker.phases.merging_image import ImageMerger
from hybridface_worker.phases.merging_video import merge_one_video
from support import plans
from support.images import encode, noise

NOW = "2026-05-01T11:59:00+00:00"
IMAGE, VIDEO = plans.images("t", 1), plans.video("t", 64)


class Changed:
    """A target that is another one after its first bytes."""

    def __init__(self) -> None:
        self._pieces = [b"the first bytes"]

    def read(self, _size: int) -> bytes:
        if not self._pieces:
            raise InputRefused(Reason.INPUT_CHANGED, "another one stands there")
        return self._pieces.pop()


@dataclass
class Context:
    """What merging asks of a phase's context."""

    scratch: Path

    @contextmanager
    def open(self, _item: Any) -> Any:
        yield Changed()

    @property
    def progress(self) -> Context:
        return self

    def alive(self) -> None:
        assert len(list(self.scratch.iterdir())) == 1


def material(unit: Unit, media: VideoInfo | ImageInfo) -> Material:
    """Of a target without a face."""
    plan = plans.plan(unit)
    (chunk,) = plan.chunks()
    manifest = ChunkManifest(chunk=chunk, outcome="done", attempt=1, shard=0, worker="w", finished_at=NOW)
    return Material(plan, unit, plan.outputs[0], plans.item("t"), media, (manifest,))


def merged(unit: Unit, context: PhaseContext) -> Merged:
    if unit is IMAGE:
        return ImageMerger(context).merge(material(unit, plans.image_info()))
    info = plans.video_info(64)
    return merge_one_video(context, material(unit, info), info)


class Packed(Context):
    """Its one chunk's pack lies in storage; the targets are what is in it."""

    def __init__(self, scratch: Path, images: dict[str, bytes]) -> None:
        super().__init__(scratch)
        self.opened = 0
        self._images = images
        with Packer(scratch / "pack.tar") as pack:
            for path, data in images.items():
                pack.add(path, data)

    def open_data(self, _key: str) -> Any:
        self.opened += 1
        return (self.scratch / "pack.tar").open("rb")

    def read(self, item: TargetItem) -> bytes:
        return self._images[item.relative_path]


def test_the_pack_of_a_chunk_is_opened_once_for_all_of_its_images(tmp_path):
    plan = plans.plan(plans.images("t", 5))
    (chunk,) = plan.chunks()
    faces = (FaceCount(start=0, end=5, faces=1),)
    manifest = ChunkManifest(
        chunk=chunk, outcome="done", data="chunks/a.tar", faces=faces, attempt=1, shard=0, worker="w", finished_at=NOW
    )
    content = {output.path: encode(noise(seed=output.item), ImageFormat.PNG) for output in plan.outputs}
    context = Packed(tmp_path, content)
    with closing(ImageMerger(cast("PhaseContext", context))) as images:
        for position, output in enumerate(plan.outputs):
            item = plans.item("t", number=position, path=output.path)
            info = probe_image(content[output.path], ImageFormat.PNG, Limits())
            wanted = Material(plan, plan.units[0], output, item, info, (manifest,), position)
            with images.merge(wanted) as merged:
                assert merged.path.read_bytes() == content[output.path]
                assert merged.faces == 1
    assert context.opened == 1


@pytest.mark.parametrize("unit", [IMAGE, VIDEO], ids=["image", "video"])
def test_what_is_half_made_is_removed(tmp_path, unit):
    with pytest.raises(InputRefused, match="another one"):
        merged(unit, cast("PhaseContext", Context(tmp_path)))
    assert not list(tmp_path.iterdir())
