"""One video, one source and a plan, as the worker gets them; and the worker's pipeline run over them in this process.

What is timed begins when the models are loaded and ends with the last commit. Storage is a folder.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from hybridface_operator.planning.chunking import boundaries
from hybridface_operator.planning.encoder_table import Quality
from hybridface_operator.planning.encoders import choose_encoding
from hybridface_worker.contract import layout
from hybridface_worker.contract.catalogue import BUILT_IN
from hybridface_worker.contract.manifest import ChunkManifest
from hybridface_worker.contract.media import VideoInfo
from hybridface_worker.contract.plan import Plan, Unit, VideoEncoding
from hybridface_worker.contract.spec import Container, Limits
from hybridface_worker.faces.detector import Detector, load_detector
from hybridface_worker.faces.source import choose_face
from hybridface_worker.media.index import FrameIndex
from hybridface_worker.media.inspect import inspect_video
from hybridface_worker.phases.pictures import LoadedImage
from hybridface_worker.pipeline.commit import Ledger
from hybridface_worker.pipeline.painter import Painter
from hybridface_worker.pipeline.schedule import Span, spans
from hybridface_worker.pipeline.video.shard import Tools, work_video
from hybridface_worker.store.folder import FolderStore
from hybridface_worker.store.job_area import JobArea
from hybridface_worker.swappers.load import load_swapper
from hybridface_worker.swappers.protocol import Source
from hybridface_worker.swappers.source import source_of
from support.plans import plan
from support.runs import SOURCE, portrait

BATCH = 8
MIN_SCORE = 0.5


def cores() -> int:
    """Processor cores that this process may run on; the worker gives each stage as many threads."""
    return len(os.sched_getaffinity(0))


@lru_cache(maxsize=4)
def detector(threads: int) -> Detector:
    """The built-in one, whose inferences take so many threads."""
    return load_detector(BUILT_IN["centerface"], threads=threads, min_score=MIN_SCORE)


@lru_cache(maxsize=4)
def source(size: int) -> Source:
    """The portrait's face at a swapper's size."""
    loaded = LoadedImage.of(portrait().read_bytes(), "portrait", Limits())
    face, _ = choose_face(loaded.faces(detector(cores())), "portrait")
    return source_of(loaded.picture, loaded.view, face, size)


@lru_cache(maxsize=4)
def painter(swapper: str) -> Painter:
    """The painter of a job with that swapper and default blending."""
    loaded = load_swapper(BUILT_IN[swapper])
    return Painter(loaded, {SOURCE: source(loaded.size)}, plan().blend)


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

    def tools(self, folder: Path, swapper: str = "blend") -> Tools:
        """What the stages use. Chunks are committed to `folder`."""
        (folder / "scratch").mkdir(parents=True)
        area = JobArea(FolderStore(folder / "store"), "")
        return Tools(
            detector=detector,
            painter=painter(swapper),
            ledger=Ledger(area, attempt=1, shard=0, worker="bench", max_tries=1),
            scratch=folder / "scratch",
            batch=BATCH,
            threads=cores(),
            progress=lambda _frames: None,
            stopping=threading.Event(),
        )

    def run(self, folder: Path, chunk_frames: int | None = None, swapper: str = "blend") -> Done:
        """Works all of it in this process. `folder` must not exist."""
        planned, tools = self.plan(chunk_frames), self.tools(folder, swapper)
        with self.path.open("rb") as file:
            wall, core = time.perf_counter(), time.process_time()
            work_video(planned, planned.units[0], spans(list(planned.chunks())), file, self.info, self.index, tools)
            wall, core = time.perf_counter() - wall, time.process_time() - core
        area = JobArea(FolderStore(folder / "store"), "")
        manifests = tuple(area.read(ChunkManifest, layout.chunk_manifest(chunk)) for chunk in planned.chunks())
        return Done(wall, core, manifests, folder / "store")


def timed(workload: Workload, chunk_frames: int | None = None, swapper: str = "blend") -> Done:
    """A run whose results are thrown away."""
    with tempfile.TemporaryDirectory(prefix="hybridface-bench-") as folder:
        return workload.run(Path(folder) / "job", chunk_frames, swapper)
