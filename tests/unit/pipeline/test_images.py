"""The pipeline of stills: chunk after chunk is committed, and what was put together for it goes."""

from __future__ import annotations

import io
import tarfile
import threading
from pathlib import Path

import pytest

from hybridface_worker.contract import layout
from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.inputs import TargetItem
from hybridface_worker.contract.manifest import ChunkManifest
from hybridface_worker.contract.plan import Plan
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Blend, ImageFormat, Limits
from hybridface_worker.images.probe import probe_image
from hybridface_worker.inference.device import Lanes
from hybridface_worker.pipeline.bounded import Bound
from hybridface_worker.pipeline.images import work_images
from hybridface_worker.pipeline.meter import Meter
from hybridface_worker.pipeline.painter import Painter
from hybridface_worker.pipeline.schedule import spans
from hybridface_worker.pipeline.tools import Tools
from hybridface_worker.store.folder import FolderStore
from hybridface_worker.store.job_area import JobArea
from hybridface_worker.swappers.identity import Identity
from support import plans
from support.commits import ledger
from support.images import encode, noise

SOURCES = ("first", "second")
UNIT = plans.images("stills", 5, size=2)
DATA = encode(noise(), ImageFormat.PNG)
INFO = probe_image(DATA, ImageFormat.PNG, Limits())
ONE = Lanes(1, 1, 1)
BROKEN = 3


class Nobody:
    """A detector that sees no face, and how many files lie in scratch when it is asked."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self.lying: list[int] = []

    def detect(self, images):
        self.lying.append(len(list(self._scratch.iterdir())))
        return [[] for _ in images]


def read(item: TargetItem) -> bytes:
    if item.item == BROKEN:
        raise InputRefused(Reason.INPUT_NOT_FOUND, "it is gone")
    return DATA


@pytest.fixture
def plan() -> Plan:
    return plans.plan(UNIT, sources=SOURCES)


def test_no_more_lies_in_scratch_than_the_chunks_in_hand(tmp_path, plan):
    area, scratch, meter = JobArea(FolderStore(tmp_path / "store"), "job"), tmp_path / "scratch", Meter()
    scratch.mkdir()
    detector = Nobody(scratch)
    tools = Tools(
        detector=detector,
        painter=Painter(Identity(), {}, Blend()),
        ledger=ledger(area, "worker"),
        scratch=scratch,
        batch=Bound("swap", 1, meter),
        detecting=ONE,
        swapping=ONE,
        meter=meter,
        threads=1,
        progress=lambda _frames: None,
        stopping=threading.Event(),
    )
    items = [plans.item("stills", number=number, path=f"{number}.png") for number in range(5)]
    work_images(plan, UNIT, spans(plan.chunks()), items, [INFO] * 5, read, tools)

    assert detector.lying == [len(SOURCES)] * 4
    assert not list(scratch.iterdir())
    for chunk in plan.chunks():
        done = area.read(ChunkManifest, layout.chunk_manifest(chunk))
        expected = [f"stills/{number}.png" for number in range(chunk.start, chunk.end) if number != BROKEN]
        assert [refused.position for refused in done.refused] == [BROKEN] * (chunk.start <= BROKEN < chunk.end)
        with tarfile.open(fileobj=io.BytesIO(area.read_bytes(str(done.data)))) as pack:
            assert pack.getnames() == expected
