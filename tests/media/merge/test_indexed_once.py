"""A merged video is read through once to be checked; its contact sheet is drawn by the same frame table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from hybridface_worker.contract.manifest import ChunkManifest, FaceCount
from hybridface_worker.media import inspect, scan
from hybridface_worker.phases.context import PhaseContext
from hybridface_worker.phases.merging import Material
from hybridface_worker.phases.merging_video import merge_one_video
from support import plans
from support.clips import clip
from support.merging import Probed, encode, encoding_of, open_file


@dataclass
class Context:
    """What merging asks of a phase's context: one video, and its only chunk."""

    probed: Probed
    scratch: Path
    chunk: BinaryIO
    area: Any = field(init=False)

    def __post_init__(self) -> None:
        self.area = self

    def read_bytes(self, _key: str) -> bytes:
        return self.probed.index.to_npz()

    @contextmanager
    def open(self, _item: Any) -> Iterator[BinaryIO]:
        with self.probed.path.open("rb") as file:
            yield file

    def open_data(self, _key: str) -> BinaryIO:
        return open_file(Path(self.chunk.name))

    def open_scratch(self, path: Path) -> BinaryIO:
        return path.open("rb")

    def progress(self, _frames: int) -> None:
        pass


def test_a_merged_video_is_indexed_once(tmp_path, monkeypatch):
    probed = Probed.of(clip("cfr", 6))
    encoding = encoding_of(probed)
    (done,) = encode(probed, encoding, 64, tmp_path)
    unit = plans.video("t", 6).model_copy(update={"video": encoding})
    plan = plans.plan(unit)
    (chunk,) = plan.chunks()
    manifest = ChunkManifest(
        chunk=chunk,
        outcome="done",
        data="data",
        frames=6,
        faces=(FaceCount(start=0, end=6, faces=1),),
        extradata_sha256=done.extradata_sha256,
        attempt=1,
        shard=0,
        worker="w",
        finished_at="2026-05-01T11:59:00+00:00",
    )
    material = Material(plan, unit, plan.outputs[0], plans.item("t"), probed.info, (manifest,))
    scanned: list[Any] = []
    scanning = scan.scan_packets
    monkeypatch.setattr(inspect, "scan_packets", lambda *given: (scanned.append(given), scanning(*given))[1])
    with done.open() as file:
        context = cast("PhaseContext", Context(probed, tmp_path, file))
        merged = merge_one_video(context, material, probed.info)
    assert merged.sheet is not None
    assert len(scanned) == 1
