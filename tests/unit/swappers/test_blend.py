from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridface_worker.contract.probe import FaceBox
from hybridface_worker.faces.align import similarity, template
from hybridface_worker.faces.centerface import CenterFace
from hybridface_worker.picture.affine import invert
from hybridface_worker.picture.crop import crop
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View
from hybridface_worker.swappers.blend.dress import CONTRAST, dressed, light_shift
from hybridface_worker.swappers.blend.pose import ORIGIN, STRAIGHT, camera, depth, sampling, surface
from hybridface_worker.swappers.blend.swapper import BlendSwapper
from hybridface_worker.swappers.source import source_of
from support.faces import group, portrait

SIZE = BlendSwapper.size


@pytest.fixture(scope="module")
def swapper():
    return BlendSwapper()


@pytest.fixture(scope="module")
def detector():
    return CenterFace(threads=1, min_score=0.5)


@pytest.fixture(scope="module")
def source(detector):
    face = detector.detect([portrait()])[0][0]
    points = tuple((float(x), float(y)) for x, y in face.points)
    box = FaceBox(box=(0, 0, 0, 0), points=points, score=1)
    return source_of(Picture.of_image(portrait().copy()), View(512, 512), box, SIZE)


@pytest.fixture(scope="module")
def crops(detector):
    small = cv2.resize(group(), (640, 443), interpolation=cv2.INTER_AREA)
    faces = [face.scaled(2) for face in detector.detect([small])[0]]
    picture = Picture.of_image(group().copy())
    return np.stack([crop(picture, invert(similarity(face.points, template(SIZE))), SIZE) for face in faces])


def test_the_crops_rim_is_the_targets_to_the_last_bit(swapper, source, crops):
    changed = (swapper.swap(crops, [source] * len(crops)) != crops).any(axis=(0, 3))
    rows, columns = np.nonzero(changed)
    assert rows.min() > 40
    assert rows.max() < SIZE - 1
    assert columns.min() > 20
    assert columns.max() < SIZE - 20


def test_the_face_is_replaced(swapper, source, crops):
    eyes_to_mouth = (slice(None), slice(90, 200), slice(90, 160))
    change = np.abs(swapper.swap(crops, [source] * len(crops)).astype(int) - crops)[eyes_to_mouth]
    assert (change.mean(axis=(1, 2, 3)) > 8).all()


def test_skin_keeps_the_targets_colour(swapper, source, crops):
    """Means over the cheeks and the nose; the source is paler by 40 and more levels of blue."""
    cheeks = (slice(None), slice(125, 160), slice(95, 160))
    before = crops[cheeks].mean(axis=(1, 2))
    after = swapper.swap(crops, [source] * len(crops))[cheeks].mean(axis=(1, 2))
    assert np.abs(after - before).mean() < 14
    assert np.abs(after - before).max() < 40


def test_there_is_no_edge_where_the_face_begins(swapper, source, crops):
    """The steepest steps of the change itself, seen at the size of features."""
    change = swapper.swap(crops, [source] * len(crops)).astype(np.float32) - crops
    rim = np.zeros((SIZE, SIZE), bool)
    rim[60:230, 40:66] = rim[60:230, 190:216] = True
    for one in change:
        soft = cv2.GaussianBlur(one, (0, 0), 3)
        steps = np.abs(np.diff(soft, axis=1)).max(axis=2)
        assert np.percentile(steps[rim[:, 1:]], 99) < 10


def test_noise_in_the_target_does_not_make_the_face_flicker(swapper, source, crops):
    random = np.random.default_rng(5)
    noisy = [np.clip(crops[0] + random.normal(0, 2, crops[0].shape), 0, 255).astype(np.uint8) for _ in range(6)]
    swapped = swapper.swap(np.stack(noisy), [source] * 6).astype(float)
    inside = swapped[:, 80:210, 80:176]
    assert inside.std(axis=0).mean() < 3.5
    assert np.ptp(inside.mean(axis=(1, 2)), axis=0).max() < 1.5


def test_a_face_that_is_not_seen_is_taken_for_a_straight_one(swapper, source):
    blank = np.full((1, SIZE, SIZE, 3), 120, np.uint8)
    assert (swapper.swap(blank, [source]) != blank).any()


def test_a_face_dressed_as_itself_comes_out_as_it_went_in():
    image = cv2.resize(portrait()[0:256, 100:356], (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
    contrast, shift = light_shift(image, image, np.ones((64, 64), np.float32))
    assert contrast == pytest.approx(CONTRAST[0])
    assert np.allclose(shift[..., 1:], 0, atol=1e-5)
    bright = np.clip(image, 40, 215)
    assert np.allclose(dressed(bright, 1.0, np.zeros_like(shift)), bright, atol=0.01)


@given(turn=st.floats(-0.5, 0.5), nod=st.floats(-0.3, 0.3))
def test_a_turned_head_is_told_from_its_points(turn, nod):
    known = STRAIGHT + np.array([(0, 0, turn, 0), (0, 0, nod, 0)])
    x, y = (template(128) - ORIGIN).T
    points = (known @ np.stack([x, y, depth(x, y), np.ones(5)])).T + ORIGIN
    found = camera(points, 128)
    assert np.sign(found[0, 2]) == np.sign(turn) or abs(turn) < 0.02
    assert abs(found[0, 2]) <= abs(turn) + 0.02
    assert np.allclose(camera(points * 2, 256), found)


def test_points_of_the_template_are_of_a_straight_head():
    assert np.allclose(camera(template(256), 256), STRAIGHT, atol=1e-6)


@given(turn=st.floats(-0.6, 0.6))
def test_what_a_camera_sees_is_where_it_shows_it(turn):
    """Within the face: further out a turned head hides part of itself."""
    seen_by = STRAIGHT + np.array([(0, 0, turn, 0), (0, 0, 0.1, 0)])
    x, y = surface(seen_by, 64)
    columns, rows = sampling(x, y, seen_by, 64)
    row, column = np.indices((64, 64))
    face = (np.abs(x) < 22) & (np.abs(y) < 35)
    assert np.abs(columns - column)[face].max() < 0.5
    assert np.abs(rows - row)[face].max() < 0.5
