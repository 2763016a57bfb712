"""Whose face it is, and where anything changed: the demo's pictures, judged by an independent recogniser (dlib)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from hybridface_worker.contract.catalogue import BUILT_IN
from hybridface_worker.faces.detector import load_detector
from hybridface_worker.faces.types import Face
from hybridface_worker.faces.window import FrameFaces, assign
from hybridface_worker.inference.session import SessionOptions
from hybridface_worker.picture.view import View
from prepare_demo import prepare
from support.faces import whole
from support.merging import Probed
from support.recogniser import ANOTHER, embedding
from support.runs import SOURCE, manifest, portrait, run

EVERY = 12
"""Frames between those that are judged."""
HULL_SCALE = 3.0


@dataclass(frozen=True)
class Pair:
    """A picture before and after, upright RGB [H, W, 3]."""

    name: str
    before: np.ndarray
    after: np.ndarray


@dataclass(frozen=True)
class Demo:
    """The demo's job, over a shorter clip and without loss."""

    pairs: list[Pair]
    before: Probed
    after: Probed
    smoothing: int


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Demo:
    root = tmp_path_factory.mktemp("quality")
    folder = root / "in"
    prepare(folder, seconds=2)
    stills = {name: folder / "stills" / name for name in ("group.jpg", "pair.png")}
    targets = {"clip": folder / "people.mp4", **{path.stem: path for path in stills.values()}}
    result = run(manifest(targets, root / "out", swapper="blend"), root / "store")
    assert result.complete
    out = root / "out" / SOURCE
    pairs = [_stills(path, out / name) for name, path in stills.items()]
    before, after = Probed.of(targets["clip"]), Probed.of(out / "clip.mp4")
    for number, frames in enumerate(zip(before.frames(), after.frames(), strict=True)):
        if number % EVERY == 0:
            pairs.append(Pair(f"frame {number}", *(frame.to_ndarray(format="rgb24") for frame in frames)))
    return Demo(pairs, before, after, result.plan.blend.smoothing)


def _stills(before: Path, after: Path) -> Pair:
    return Pair(before.name, _read(before), _read(after))


def _read(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def test_at_each_place_a_face_is_still_found_and_it_is_another_persons(demo):
    source = embedding(_source(), faces_of(_source())[0])
    nearer = []
    for pair in demo.pairs:
        afterwards = faces_of(pair.after)
        for face in _whole(pair.before):
            same_place = max(afterwards, key=lambda other: overlap(face, other))
            assert overlap(face, same_place) >= 0.5, f"{pair.name}: no face where {face.box} was"
            original, swapped = embedding(pair.before, face), embedding(pair.after, face)
            assert np.linalg.norm(original - swapped) > ANOTHER, f"{pair.name}: {face.box} is still the same person"
            nearer.append(np.linalg.norm(original - source) - np.linalg.norm(swapped - source))
    assert len(nearer) > 20
    assert np.mean(nearer) > 0


def test_nothing_changes_beyond_the_hull_of_the_five_points_scaled_by_three(demo):
    before, after = demo.before, demo.after
    swapped = _swapped_faces(before, demo.smoothing)
    changed = 0
    for faces, ours, theirs in zip(swapped, after.frames(), before.frames(), strict=True):
        allowed = _hulls(faces, theirs.width, theirs.height)
        for new, old in zip(_planes(ours), _planes(theirs), strict=True):
            inside = cv2.resize(allowed, new.shape[::-1], interpolation=cv2.INTER_AREA) > 0
            differs = new != old
            assert not (differs & ~inside).any()
            changed += int(differs.sum())
    assert changed > 0


def _swapped_faces(probed: Probed, smoothing: int) -> list[list[Face]]:
    """The faces of each frame as the job saw them: detected in thumbnails, steadied over the window."""
    view, seen = View.of_video(probed.info), []
    for number, frame in enumerate(probed.frames()):
        thumbnail, scale = view.thumbnail(frame)
        found = [face.scaled(1 / scale) for face in _detector(0.5).detect([thumbnail])[0]]
        seen.append(FrameFaces(number, tuple(found)))
    return [assign(seen, number, smoothing) for number in range(len(seen))]


def _hulls(faces: list[Face], width: int, height: int) -> np.ndarray:
    """1 in every pixel that some face's scaled hull touches."""
    mask = np.zeros((height, width), np.uint8)
    for face in faces:
        centre = face.points.mean(axis=0)
        hull = cv2.convexHull((centre + (face.points - centre) * HULL_SCALE).astype(np.float32))
        cv2.fillConvexPoly(mask, np.rint(hull).astype(np.int32), 1)
    return cv2.dilate(mask, np.ones((3, 3), np.uint8))


def _planes(frame: Any) -> Iterator[np.ndarray]:
    for plane in frame.planes:
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        yield rows[: plane.height, : plane.width]


def _source() -> np.ndarray:
    return _read(portrait())


def _whole(picture: np.ndarray) -> list[Face]:
    return [face for face in faces_of(picture) if whole(face, picture)]


def faces_of(picture: np.ndarray) -> list[Face]:
    return list(_detector(0.5).detect([np.ascontiguousarray(picture)])[0])


@lru_cache
def _detector(least: float) -> Any:
    return load_detector(BUILT_IN["centerface"], None, SessionOptions(threads=1), min_score=least)


def overlap(one: Face, other: Face) -> float:
    """Intersection over union of their boxes."""
    low, high = np.maximum(one.box[:2], other.box[:2]), np.minimum(one.box[2:], other.box[2:])
    shared = float(np.prod(np.maximum(high - low, 0)))
    return shared / (one.area + other.area - shared)
