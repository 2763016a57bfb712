"""What it brings to process images concurrently: images/s, by those one at a time, from storage that takes its time."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any

import cv2

from hybridface_worker.contract import layout
from hybridface_worker.contract.inputs import TargetItem
from hybridface_worker.contract.manifest import ChunkManifest
from hybridface_worker.contract.media import ImageInfo
from hybridface_worker.contract.plan import ChunkRef
from hybridface_worker.contract.spec import FaceSelection, ImageFormat, Limits
from hybridface_worker.images.probe import probe_image
from hybridface_worker.pipeline.images.messages import Original
from hybridface_worker.pipeline.images.shard import work_images
from hybridface_worker.pipeline.schedule import spans
from hybridface_worker.store.folder import FolderStore
from hybridface_worker.store.job_area import JobArea
from support import plans
from support.images import face_still
from support.runs import SOURCE

from .figures import Figure, median_ratio
from .workload import tools

ROUNDS = 3
ANSWERS_AFTER_SECONDS = 0.02
"""What a request to object storage takes that is near."""
KINDS = 6
"""Different images; the others are the same again."""


class Far(FolderStore):
    """A folder as far away as object storage."""

    def head(self, *args: Any, **options: Any) -> Any:
        time.sleep(ANSWERS_AFTER_SECONDS)
        return super().head(*args, **options)

    def read(self, *args: Any, **options: Any) -> Any:
        time.sleep(ANSWERS_AFTER_SECONDS)
        return super().read(*args, **options)

    def write(self, *args: Any, **options: Any) -> Any:
        time.sleep(ANSWERS_AFTER_SECONDS)
        return super().write(*args, **options)

    def upload(self, *args: Any, **options: Any) -> Any:
        time.sleep(ANSWERS_AFTER_SECONDS)
        return super().upload(*args, **options)


@dataclass(frozen=True)
class Case:
    """So many JPEGs of one size, each with a face."""

    name: str
    width: int
    height: int
    count: int

    @cached_property
    def files(self) -> list[bytes]:
        """The different ones."""
        return [
            face_still(ImageFormat.JPEG, width=self.width, height=self.height, seed=seed, quality=90)
            for seed in range(KINDS)
        ]

    @cached_property
    def info(self) -> ImageInfo:
        """What all of them are."""
        return probe_image(self.files[0], ImageFormat.JPEG, Limits())

    @property
    def chunks(self) -> list[ChunkRef]:
        """Of a plan of these images alone."""
        return list(plans.plan(plans.images("stills", self.count), sources=(SOURCE,)).chunks())

    def original(self, target: str, position: int) -> Original:
        """The image at a position."""
        return Original(plans.item(target, number=position, path="x.jpg"), self.info, f"{position}.jpg", None)

    def read(self, item: TargetItem) -> bytes:
        """Its bytes."""
        time.sleep(ANSWERS_AFTER_SECONDS)
        return self.files[item.item % KINDS]


CASES = (Case("1 megapixel", 1224, 816, 200), Case("12 megapixels", 4000, 3000, 60))


def measure(*, quick: bool) -> list[Figure]:
    """For each size the ratio, and the speed."""
    cv2.setNumThreads(1)
    return [figure for case in CASES for figure in _measure(case, 1 if quick else ROUNDS)]


def _measure(case: Case, rounds: int) -> list[Figure]:
    together, alone = zip(*[(_speed(case), _speed(case, one_at_a_time=True)) for _ in range(rounds)], strict=True)
    if len({made for _, made in (*together, *alone)}) > 1:
        raise ValueError("what is made depends on how many are worked at once")
    speeds: Sequence[tuple[float, float]] = [(a[0], b[0]) for a, b in zip(together, alone, strict=True)]
    what = f"of {case.name}, `blend`"
    return [
        Figure("images", f"Images/s {what}, by those one at a time with all threads", median_ratio(speeds)),
        Figure("images", f"JPEGs {what}", median(speed for speed, _ in speeds), "images/s"),
    ]


def _speed(case: Case, *, one_at_a_time: bool = False) -> tuple[float, tuple[str | None, ...]]:
    """Images/s, and the digests of what was made. Chunks that were tried before are worked image by image."""
    with tempfile.TemporaryDirectory(prefix="hybridface-bench-") as folder:
        store, scratch = Far(Path(folder) / "store"), Path(folder) / "scratch"
        scratch.mkdir()
        given = tools(store, scratch, pictures=1 if one_at_a_time else case.count)
        todo = spans(case.chunks, case.chunks if one_at_a_time else ())
        since = time.perf_counter()
        work_images(todo, case.original, case.read, FaceSelection(), given)
        speed = case.count / (time.perf_counter() - since)
        area = JobArea(store, "")
        manifests = [area.read(ChunkManifest, layout.chunk_manifest(chunk)) for chunk in case.chunks]
        return speed, tuple(done.sha256 for done in manifests)
