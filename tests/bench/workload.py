"""One video, one source and a plan, as the worker gets them; and the worker's pipeline run over them in this process.

What is timed begins when the models are loaded and ends with the last commit. Storage is a folder.
"""

from __future__ import annotations

import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

import cv2

from hybridface_operator.planning.chunking import boundaries
from hybridface_operator.planning.encoder_table import Quality
from hybridface_operator.planning.encoders import choose_encoding
from hybridface_worker.contract import layout
from hybridface_worker.contract.manifest import ChunkManifest
from hybridface_worker.contract.media import VideoInfo
from hybridface_worker.contract.plan import Plan, Unit, VideoEncoding
from hybridface_worker.contract.spec import Container, Limits
from hybridface_worker.inference.busy import Busy
from hybridface_worker.inference.device import device
from hybridface_worker.media.index import FrameIndex
from hybridface_worker.media.inspect import inspect_video
from hybridface_worker.pipeline.bounded import Bound
from hybridface_worker.pipeline.commit import Ledger
from hybridface_worker.pipeline.meter import Meter
from hybridface_worker.pipeline.schedule import Span, spans
from hybridface_worker.pipeline.tools import Tools
from hybridface_worker.pipeline.video.shard import work_video
from hybridface_worker.store.base import ObjectStore
from hybridface_worker.store.folder import FolderStore
from hybridface_worker.store.job_area import JobArea
from support.plans import plan
from support.runs import SOURCE

from .machine import cores
from .setups import BATCH, BLEND, Setup


@dataclass(frozen=True)
class Done:
    """What a run of the pipeline took and left."""

    wall_seconds: float
    core_seconds: float
    chunks: tuple[ChunkManifest, ...]
    folder: Path

    @property
    def faces(self) -> int:
        """Faces swapped."""
        return sum((count.end - count.start) * count.faces for chunk in self.chunks for count in chunk.faces)


@dataclass(frozen=True)
class Workload:
    """A video as Probe found it, with the encoding that Plan chose."""

    path: Path
    info: VideoInfo
    index: FrameIndex
    encoding: VideoEncoding

    def first(self, frames: int) -> Workload:
        """The same, but for what comes behind so many frames."""
        return replace(self, info=self.info.model_copy(update={"frames": min(frames, self.info.frames)}))

    @classmethod
    def of(cls, path: Path, quality: Quality = "high") -> Workload:
        """Probes the MP4 file and chooses its encoding."""
        with path.open("rb") as file:
            info, index, _ = inspect_video(file, Container.MP4, Limits())
        encoding = choose_encoding(info, "same", "auto", quality, {})
        if not isinstance(encoding, VideoEncoding):
            raise TypeError(encoding.message)
        return cls(path, info, index, encoding)

    def unit(self, chunk_frames: int | None = None) -> Unit:
        """The video in chunks of at most so many frames, or in one."""
        cuts = boundaries(self.info.frames, chunk_frames or self.info.frames)
        return Unit(target="clip", unit=layout.video_unit(0), items=(0,), boundaries=cuts, video=self.encoding)

    def plan(self, chunk_frames: int | None = None) -> Plan:
        """A plan of this video alone."""
        return plan(self.unit(chunk_frames), sources=(SOURCE,))

    def spans(self, chunk_frames: int | None = None) -> list[Span]:
        """The spans of a shard that is the whole of it."""
        return spans(list(self.plan(chunk_frames).chunks()))

    def tools(self, folder: Path, setup: Setup = BLEND, busy: Busy | None = None) -> Tools:
        """What the stages use. Chunks are committed to `folder`; `busy` is told of the models' inferences."""
        (folder / "scratch").mkdir(parents=True)
        return tools(FolderStore(folder / "store"), folder / "scratch", setup, busy, pictures=self.info.frames)

    def run(
        self,
        folder: Path,
        chunk_frames: int | None = None,
        setup: Setup = BLEND,
        busy: Busy | None = None,
    ) -> Done:
        """Works all of it in this process. `folder` must not exist."""
        cv2.setNumThreads(1)  # as the worker's command does
        planned, tools = self.plan(chunk_frames), self.tools(folder, setup, busy)
        with self.path.open("rb") as file:
            wall, core = time.perf_counter(), time.process_time()
            work_video(planned, planned.units[0], spans(list(planned.chunks())), file, self.info, self.index, tools)
            wall, core = time.perf_counter() - wall, time.process_time() - core
        area = JobArea(FolderStore(folder / "store"), "")
        manifests = tuple(area.read(ChunkManifest, layout.chunk_manifest(chunk)) for chunk in planned.chunks())
        return Done(wall, core, manifests, folder / "store")


def tools(store: ObjectStore, scratch: Path, setup: Setup = BLEND, busy: Busy | None = None, *, pictures: int) -> Tools:
    """What a pipeline uses for so many frames or images. Chunks are committed to the store."""
    meter = Meter(setup.device, busy)
    kept_busy = device(setup.device, threads=cores(), batch=BATCH, pictures=pictures)
    return Tools(
        detector=setup.detector(kept_busy.detecting.threads, busy),
        painter=setup.painter(kept_busy.swapping.threads, busy),
        ledger=Ledger(JobArea(store, ""), attempt=1, shard=0, worker="bench", max_tries=1),
        scratch=scratch,
        batch=Bound("swap", kept_busy.swapping.size, meter),
        detecting=kept_busy.detecting,
        swapping=kept_busy.swapping,
        meter=meter,
        threads=cores(),
        progress=lambda _frames: None,
        stopping=threading.Event(),
    )


def timed(
    workload: Workload,
    chunk_frames: int | None = None,
    setup: Setup = BLEND,
    busy: Busy | None = None,
) -> Done:
    """A run whose results are thrown away."""
    with tempfile.TemporaryDirectory(prefix="hybridface-bench-") as folder:
        return workload.run(Path(folder) / "job", chunk_frames, setup, busy)
