"""An output that does not come about leaves no file in scratch: the next may need the room."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.manifest import ChunkManifest
from hybridface_worker.contract.media import ImageInfo, VideoInfo
from hybridface_worker.contract.plan import Unit
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.phases.context import PhaseContext
from hybridface_worker.phases.merging import Material, Merged
from hybridface_worker.phases.merging_image import ImageMerger
from hybridface_worker.phases.merging_video import merge_one_video
from support import plans

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

    def progress(self, _frames: int) -> None:
        assert len(list(self.scratch.iterdir())) == 1


def material(unit: Unit, media: VideoInfo | ImageInfo) -> Material:
    """Of a target without a face."""
    plan = plans.plan(unit)
    (chunk,) = plan.chunks()
    manifest = ChunkManifest(
        chunk=chunk, outcome="done", attempt=1, shard=0, worker="w", finished_at="2026-05-01T11:59:00+00:00"
    )
    return Material(plan, unit, plan.outputs[0], plans.item("t"), media, (manifest,))


def merged(unit: Unit, context: PhaseContext) -> Merged:
    if unit is IMAGE:
        return ImageMerger(context).merge(material(unit, plans.image_info()))
    info = plans.video_info(64)
    return merge_one_video(context, material(unit, info), info)


@pytest.mark.parametrize("unit", [IMAGE, VIDEO], ids=["image", "video"])
def test_what_is_half_made_is_removed(tmp_path, unit):
    with pytest.raises(InputRefused, match="another one"):
        merged(unit, cast("PhaseContext", Context(tmp_path)))
    assert not list(tmp_path.iterdir())
