"""With which models something is measured: the built-in ones, or stand-ins, on one device."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from hybridface_worker.contract.catalogue import BUILT_IN
from hybridface_worker.contract.spec import Blend, Limits
from hybridface_worker.faces.detector import Detector, load_detector
from hybridface_worker.faces.source import choose_face
from hybridface_worker.inference.busy import Busy
from hybridface_worker.inference.device import DeviceName
from hybridface_worker.inference.engine import EngineFolder
from hybridface_worker.inference.session import SessionOptions
from hybridface_worker.phases.pictures import LoadedImage
from hybridface_worker.pipeline.painter import Painter
from hybridface_worker.restorers.load import load_restorer
from hybridface_worker.swappers.load import load_swapper
from hybridface_worker.swappers.protocol import Source, Swapper
from hybridface_worker.swappers.source import source_of
from support import onnx_graph, standin_scrfd, standins
from support.clips import cache_folder, keep
from support.onnx_graph import ANY_BATCH
from support.runs import SOURCE, portrait
from support.standins import Cost

from .machine import cores

BATCH = 8
MIN_SCORE = 0.5
STANDINS = {"tiny": Cost.TINY, "middling": Cost.MIDDLING, "full": Cost.FULL}
SwapperName = Literal["blend", "identity", "tiny", "middling", "full"]


@dataclass(frozen=True)
class Setup:
    """Which models, and where they run."""

    swapper: SwapperName = "blend"
    """A built-in one, or an inswapper stand-in by its cost."""
    finder: Literal["centerface", "scrfd"] = "centerface"
    restores: bool = False
    """Whether a GFPGAN stand-in comes behind the swapper."""
    device: DeviceName = "cpu"
    graphs: bool = False
    """Whether a GPU is given recorded inferences."""

    @property
    def measurement(self) -> str:
        """What figures of a GPU are filed under."""
        return f"gpu-{self.device}-graphs" if self.graphs else f"gpu-{self.device}"

    def options(self, threads: int, busy: Busy | None = None) -> SessionOptions:
        """How sessions are opened; `busy` is told of their inferences."""
        return SessionOptions(
            threads=threads,
            device=self.device,
            batch=BATCH,
            cuda_graphs=self.graphs,
            engines=EngineFolder(cache_folder() / "engines") if self.device == "tensorrt" else None,
            busy=busy or Busy(),
        )

    def detector(self, threads: int, busy: Busy | None = None) -> Detector:
        """The detector whose inferences take so many threads."""
        return _detector(self, threads, busy)

    def painter(self, threads: int, busy: Busy | None = None) -> Painter:
        """The painter of a job with one source and default blending; colours are matched where the worker does."""
        return _painter(self, threads, busy)


BLEND = Setup()
"""What a job has that names no models."""


@cache
def _detector(setup: Setup, threads: int, busy: Busy | None) -> Detector:
    options = setup.options(threads, busy)
    if setup.finder == "centerface":
        return load_detector(BUILT_IN["centerface"], None, options, min_score=MIN_SCORE)
    file = scrfd_file()
    return load_detector(standins.reference("standin-scrfd", file), file, options, min_score=MIN_SCORE)


@cache
def _painter(setup: Setup, threads: int, busy: Busy | None) -> Painter:
    options = setup.options(threads, busy)
    swapper = swapper_of(setup.swapper, options)
    restorer = None
    if setup.restores:
        file = _written("gfpgan", lambda path: standins.gfpgan(path, ANY_BATCH))
        restorer = load_restorer(standins.reference("standin-gfpgan", file), file, options)
    blend = Blend()
    foreign = setup.swapper not in BUILT_IN
    return Painter(
        swapper, {SOURCE: source(swapper.size)}, blend, restorer=restorer, match_colours=foreign and blend.colour_match
    )


def swapper_of(name: SwapperName, options: SessionOptions) -> Swapper:
    """A built-in swapper, or the stand-in of that cost."""
    if name in BUILT_IN:
        return load_swapper(BUILT_IN[name], None, options)
    file = inswapper_file(name)
    return load_swapper(standins.reference("standin-inswapper", file), file, options)


@cache
def source(size: int) -> Source:
    """The portrait's face at a swapper's size, with an embedding that is drawn."""
    loaded = LoadedImage.of(portrait().read_bytes(), Limits())
    face, _ = choose_face(loaded.faces(BLEND.detector(cores())), "portrait")
    made = source_of(loaded.picture, loaded.view, face, size)
    return Source(made.crop, embedding())


def embedding() -> Any:
    """A unit vector, float32 [512]."""
    drawn = np.random.default_rng(5).standard_normal(standins.WIDTH).astype(np.float32)
    return drawn / np.linalg.norm(drawn)


def inswapper_file(name: SwapperName) -> Path:
    """The stand-in of that cost, with any batch."""
    return _written(f"inswapper-{name}", lambda path: standins.inswapper(path, STANDINS[name], ANY_BATCH))


def scrfd_file() -> Path:
    """CenterFace behind SCRFD's outputs, for images of any size, one at a time."""
    return _written("scrfd", standin_scrfd.scrfd)


@cache
def _written(name: str, write: Callable[[Path], Path]) -> Path:
    """In the cache, under what it was made by."""
    made_by = [Path(str(module.__file__)).read_bytes() for module in (onnx_graph, standin_scrfd, standins)]
    path = cache_folder() / f"standin-{name}-{hashlib.sha256(b''.join(made_by)).hexdigest()[:12]}.onnx"
    if not path.exists():
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            keep(write(Path(folder) / path.name), path)
    return path
