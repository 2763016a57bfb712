"""The pipeline of stills: images are worked side by side, packed in order, and committed chunk after chunk."""

from __future__ import annotations

import io
import tarfile
import threading
from collections.abc import Callable, Collection
from contextlib import contextmanager
from pathlib import Path

import pytest

from hybridface_worker.contract import layout
from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.inputs import TargetItem
from hybridface_worker.contract.manifest import ChunkManifest
from hybridface_worker.contract.plan import ChunkRef
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Blend, FaceSelection, ImageFormat, Limits
from hybridface_worker.images.probe import probe_image
from hybridface_worker.inference.device import Lanes
from hybridface_worker.pipeline.bounded import Bound
from hybridface_worker.pipeline.images import shard
from hybridface_worker.pipeline.images.messages import Original
from hybridface_worker.pipeline.images.shard import work_images
from hybridface_worker.pipeline.meter import Meter
from hybridface_worker.pipeline.painter import Painter
from hybridface_worker.pipeline.schedule import flight_limit, spans
from hybridface_worker.pipeline.tools import Tools
from hybridface_worker.store.folder import FolderStore
from hybridface_worker.store.job_area import JobArea
from hybridface_worker.swappers.identity import Identity
from support import plans
from support.commits import ledger
from support.images import encode, noise

SOURCES = ("first", "second")
FILES = [encode(noise(seed=number), ImageFormat.PNG) for number in range(30)]
INFO = probe_image(FILES[0], ImageFormat.PNG, Limits())
PIXELS = INFO.width * INFO.height
BROKEN = 3
SECONDS = 20
"""How long something is waited for that never comes where the code is wrong."""


class AtOnce:
    """How many were inside at the same time, at most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self.most = 0

    @contextmanager
    def __call__(self):
        with self._lock:
            self._inside += 1
            self.most = max(self.most, self._inside)
        yield
        with self._lock:
            self._inside -= 1


class Nobody:
    """A detector that sees no face, and does something when it is asked."""

    def __init__(self, asked: Callable[[], object] = lambda: None) -> None:
        self._asked = asked

    def detect(self, images):
        self._asked()
        return [[] for _ in images]


class Bench:
    """One target's images in chunks of two, and the tools to work them with."""

    def __init__(self, folder: Path, *, threads: int = 2, images: int = 6) -> None:
        self.images = images
        self.chunks = list(plans.plan(plans.images("stills", images, size=2), sources=SOURCES).chunks())
        self.area = JobArea(FolderStore(folder / "store"), "job")
        self.scratch = folder / "scratch"
        self.scratch.mkdir(parents=True)
        self.stopping = threading.Event()
        self.progress: list[int] = []
        self._threads = threads

    def work(self, detector: Nobody, *, read=None, tried: Collection[ChunkRef] = ()) -> None:
        meter, lanes = Meter(), Lanes(self._threads, 1, 1)
        tools = Tools(
            detector=detector,
            painter=Painter(Identity(), {}, Blend()),
            ledger=ledger(self.area, "worker"),
            scratch=self.scratch,
            batch=Bound("swap", 1, meter),
            detecting=lanes,
            swapping=lanes,
            meter=meter,
            threads=self._threads,
            progress=self.progress.append,
            stopping=self.stopping,
        )
        work_images(spans(self.chunks, tried), self.original, read or self.read, FaceSelection(), tools)

    @staticmethod
    def original(target: str, position: int) -> Original:
        item = plans.item(target, number=position, path=f"{position}.png")
        return Original(item, INFO, f"{target}/{position}.png", None)

    @staticmethod
    def read(item: TargetItem) -> bytes:
        if item.item == BROKEN:
            raise InputRefused(Reason.INPUT_NOT_FOUND, "it is gone")
        return FILES[item.item]

    def committed(self) -> list[ChunkManifest]:
        """Manifests that are there, in the order of chunks."""
        keys = [layout.chunk_manifest(chunk) for chunk in self.chunks]
        return [self.area.read(ChunkManifest, key) for key in keys if self.area.exists(key)]


@pytest.fixture
def bench(tmp_path) -> Bench:
    return Bench(tmp_path)


def test_every_chunk_has_its_images_in_order_and_one_that_is_refused_is_missing_alone(bench):
    bench.work(Nobody())
    assert len(bench.committed()) == len(bench.chunks)
    for chunk, done in zip(bench.chunks, bench.committed(), strict=True):
        expected = [f"stills/{number}.png" for number in range(chunk.start, chunk.end) if number != BROKEN]
        assert [refused.position for refused in done.refused] == [BROKEN] * (chunk.start <= BROKEN < chunk.end)
        with tarfile.open(fileobj=io.BytesIO(bench.area.read_bytes(str(done.data)))) as pack:
            assert pack.getnames() == expected
    assert bench.progress == [len(SOURCES)] * bench.images


def test_images_are_worked_side_by_side_on_all_threads_and_on_no_more(tmp_path):
    bench, at_once = Bench(tmp_path, threads=3), AtOnce()
    meeting = threading.Barrier(3)

    def meet() -> None:
        with at_once():
            meeting.wait(SECONDS)

    bench.work(Nobody(meet), read=lambda item: FILES[item.item])
    assert at_once.most == 3


def test_storage_is_asked_for_further_images_while_all_threads_compute(tmp_path):
    bench = Bench(tmp_path, threads=1)
    further = threading.Semaphore(0)
    """Images that were read beyond the first."""

    def wait_for_another() -> None:
        assert further.acquire(timeout=SECONDS)

    def read(item: TargetItem) -> bytes:
        for _ in range((item.item > 0) + (item.item == bench.images - 1)):  # the last has nothing behind it
            further.release()
        return FILES[item.item]

    bench.work(Nobody(wait_for_another), read=read)
    assert len(bench.committed()) == len(bench.chunks)


def test_what_is_made_does_not_depend_on_how_many_are_worked_at_once(tmp_path):
    digests = []
    for threads in (1, 4):
        bench = Bench(tmp_path / str(threads), threads=threads)
        bench.work(Nobody())
        digests.append([done.sha256 for done in bench.committed()])
    assert digests[0] == digests[1]
    assert None not in digests[0]


@pytest.mark.parametrize(("room", "most"), [(PIXELS - 1, 1), (2 * PIXELS, 2), (100 * PIXELS, 4 + shard.READ_AHEAD)])
def test_no_more_pixels_are_in_flight_than_there_is_room_for_but_for_one_image_alone(tmp_path, monkeypatch, room, most):
    """From when an image is read until it is packed; a large one is worked all the same."""
    bench, at_once, threads = Bench(tmp_path, threads=4), AtOnce(), 4
    monkeypatch.setattr(shard, "PIXELS_PER_THREAD", room / (threads + 1))

    def read(item: TargetItem) -> bytes:
        with at_once():
            threading.Event().wait(0.02)
            return FILES[item.item]

    bench.work(Nobody(), read=read)
    assert 1 <= at_once.most <= most
    assert len(bench.committed()) == len(bench.chunks)


def test_chunks_that_were_tried_before_are_worked_image_by_image_beside_nothing_else(bench):
    at_once, seen = AtOnce(), []

    def read(item: TargetItem) -> bytes:
        with at_once():
            seen.append(item.item)
            threading.Event().wait(0.02)
            return FILES[item.item]

    bench.work(Nobody(), read=read, tried=bench.chunks)
    assert seen == [0, 1, 0, 1, 2, 3, 2, 3, 4, 5, 4, 5]
    assert at_once.most == 1


def test_an_error_that_is_no_image_s_ends_everything_and_leaves_nothing_in_scratch(bench):
    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        bench.work(Nobody(fail))
    assert bench.committed() == []
    assert not list(bench.scratch.iterdir())


def test_once_it_is_to_stop_what_is_begun_is_committed_and_nothing_else_is_begun(tmp_path):
    bench = Bench(tmp_path, images=len(FILES))
    bench.work(Nobody(bench.stopping.set))
    committed = [done.chunk for done in bench.committed()]
    begun = [chunk for chunk in bench.chunks if bench.area.exists(layout.try_marker(1, chunk, 1))]
    assert committed == begun
    assert len(SOURCES) <= len(begun) < len(bench.chunks)


def test_no_more_lies_in_scratch_than_the_chunks_in_flight(tmp_path):
    bench = Bench(tmp_path, images=len(FILES))
    lying: list[int] = []
    bench.work(Nobody(lambda: lying.append(len(list(bench.scratch.iterdir())))))
    in_flight = flight_limit(spans(bench.chunks), 2 + shard.READ_AHEAD)
    assert max(lying) <= in_flight * len(SOURCES)
    assert not list(bench.scratch.iterdir())
