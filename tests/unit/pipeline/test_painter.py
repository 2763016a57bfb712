"""What the painter makes of crops, with restorers and occluders that say what they were shown."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from hybridface_worker.contract.spec import Blend
from hybridface_worker.faces.select import Selected
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View
from hybridface_worker.pipeline.painter import Painter
from hybridface_worker.swappers.boosted import boosted
from hybridface_worker.swappers.identity import Identity
from hybridface_worker.swappers.marker import Marker
from hybridface_worker.swappers.protocol import Source
from support.faces import face

LEFT, RIGHT = face(150, 150, 110), face(420, 170, 90)
EVERYTHING = Blend(mask=("box", "occlusion", "region"), pixel_boost=512)


class Painted:
    """Fills each crop with its source's colour, but for its lowest third."""

    size = 128
    needs_embedding = False

    def swap(self, crops, sources):
        after = crops.copy()
        for crop, source in zip(after, sources, strict=True):
            crop[:88] = source.crop[0, 0]
        return after


class Inverse:
    """A restorer that is told apart from everything: it inverts all that it is shown."""

    size = 512

    def __init__(self):
        self.shown = []

    def restore(self, crops):
        self.shown.append(crops)
        return 255 - crops


class Half:
    """An occluder that sees something before the right half of every face."""

    size = 256

    def visible(self, crops):
        mask = np.ones(crops.shape[:3], np.float32)
        mask[:, :, 128:] = 0
        return mask


def colour(*rgb: int) -> Source:
    return Source(np.full((128, 128, 3), rgb, np.uint8))


SOURCES = {"red": colour(200, 20, 20), "blue": colour(20, 20, 200)}


@pytest.fixture
def scene() -> np.ndarray:
    row, column = np.indices((320, 560))
    return np.stack([90 + row % 64, 60 + column % 96, 120 + (row + column) % 80], axis=-1).astype(np.uint8)


def paint(painter: Painter, scene: np.ndarray, *faces: Selected, source: str = "red") -> np.ndarray:
    after = scene.copy()
    picture, view = Picture.of_image(after), View(scene.shape[1], scene.shape[0])
    placed = painter.uncovered(painter.place(picture, view, faces))
    swapped = painter.swap(source, placed, painter.stack(placed))
    painter.paint(picture, painter.finished(placed, swapped))
    return after


def at(image: np.ndarray, one) -> np.ndarray:
    x, y = one.points.mean(axis=0)
    return np.asarray(image[round(float(y)), round(float(x))])


def test_identity_writes_nothing_whatever_is_asked_for(scene):
    restorer = Inverse()
    swapper = boosted(Identity(), EVERYTHING.pixel_boost)
    painter = Painter(swapper, SOURCES, EVERYTHING, restorer=restorer, occluder=Half(), match_colours=True)
    assert np.array_equal(paint(painter, scene, Selected(LEFT), Selected(RIGHT)), scene)
    assert restorer.shown == []


def test_each_face_gets_its_own_source_and_the_others_the_one_that_is_asked_for(scene):
    painter = Painter(Painted(), SOURCES, Blend())
    after = paint(painter, scene, Selected(LEFT, "blue"), Selected(RIGHT))
    assert at(after, LEFT).tolist() == [20, 20, 200]
    assert at(after, RIGHT).tolist() == [200, 20, 20]


def test_a_restorer_is_shown_the_swapped_face_and_its_result_is_pasted_where_the_swapper_changed_anything(scene):
    restorer = Inverse()
    plain = paint(Painter(Painted(), SOURCES, Blend()), scene, Selected(LEFT), Selected(RIGHT))
    after = paint(Painter(Painted(), SOURCES, Blend(), restorer=restorer), scene, Selected(LEFT), Selected(RIGHT))
    (shown,) = restorer.shown
    assert shown.shape == (2, 512, 512, 3)
    assert (np.abs(shown[0, 256, 256].astype(int) - (200, 20, 20)) <= 1).all()
    assert (np.abs(at(after, LEFT).astype(int) - (55, 235, 235)) <= 1).all()
    swapped, restored = (plain != scene).any(axis=2), (after != scene).any(axis=2)
    assert restored.any()
    assert not (restored & ~_grown(swapped, 6)).any()


def test_one_batch_of_faces_is_restored_as_each_by_itself(scene):
    def restored(*faces):
        return paint(Painter(Marker(), SOURCES, Blend(), restorer=Inverse()), scene, *map(Selected, faces))

    both, left, right = restored(LEFT, RIGHT), restored(LEFT), restored(RIGHT)
    assert np.array_equal(both, np.where(left != scene, left, right))


def test_what_lies_before_a_face_stays(scene):
    blend = Blend(mask=("box", "occlusion"))
    after = paint(Painter(Painted(), SOURCES, blend, occluder=Half()), scene, Selected(LEFT))
    middle = round(float(LEFT.points[:, 0].mean()))
    assert np.array_equal(after[:, middle + 2 :], scene[:, middle + 2 :])
    assert at(after[:, : middle - 20], face(middle - 30, 150)).tolist() == [200, 20, 20]


@pytest.mark.parametrize("mask", [("box",), ("region",), ("occlusion",), ("box", "region")])
def test_no_mask_lets_a_crops_edge_be_seen(scene, mask):
    """The frame is of one colour: what is new changes from sample to sample by a few codes, never by a border."""
    flat = np.full_like(scene, 120)
    after = paint(Painter(_White(), SOURCES, Blend(mask=mask)), flat, Selected(LEFT)).astype(int)
    assert after.max() == 255
    assert max(np.abs(np.diff(after, axis=axis)).max() for axis in (0, 1)) < 40


class _White:
    size = 128
    needs_embedding = False

    def swap(self, crops, sources):
        return np.full_like(crops, 255)


def test_the_region_is_within_the_box(scene):
    flat = np.full_like(scene, 120)
    box, region = (paint(Painter(_White(), SOURCES, Blend(mask=(m,))), flat, Selected(LEFT)) for m in ("box", "region"))
    assert 0 < (region != flat).sum() < (box != flat).sum()


def test_half_of_the_ratio_is_half_way_with_a_restorer_too(scene):
    flat = np.full_like(scene, 100)

    def painted(ratio):
        return paint(Painter(_White(), SOURCES, Blend(ratio=ratio), restorer=Inverse()), flat, Selected(LEFT))

    assert at(painted(1.0), LEFT).tolist() == [0, 0, 0]
    assert at(painted(0.5), LEFT).tolist() == [50, 50, 50]


def test_colours_are_matched_only_where_that_is_asked_for(scene):
    def tinted(*, match_colours):
        return at(paint(Painter(_Tinted(), SOURCES, Blend(), match_colours=match_colours), scene, Selected(LEFT)), LEFT)

    kept, matched = tinted(match_colours=False).astype(int), tinted(match_colours=True).astype(int)
    assert np.abs(kept - at(scene, LEFT)).max() > 30
    assert np.abs(matched - at(scene, LEFT)).max() < 15


class _Tinted:
    size = 128
    needs_embedding = False

    def swap(self, crops, sources):
        return (crops // 2 + np.array([120, 0, 40], np.uint8)).astype(np.uint8)


def _grown(where: np.ndarray, reach: int) -> np.ndarray:
    return cv2.dilate(where.astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8)) > 0
