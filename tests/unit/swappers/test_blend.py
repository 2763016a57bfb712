from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridface_worker.contract.probe import FaceBox
from hybridface_worker.faces.align import similarity, template
from hybridface_worker.faces.centerface import CenterFace
from hybridface_worker.inference.session import SessionOptions
from hybridface_worker.picture.affine import invert
from hybridface_worker.picture.crop import crop
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View
from hybridface_worker.swappers.blend import dress
from hybridface_worker.swappers.blend.dress import Light, dressed
from hybridface_worker.swappers.blend.pose import ORIGIN, STRAIGHT, camera, depth, sampling, surface
from hybridface_worker.swappers.blend.swapper import SEEN, SIZE, SMALL, BlendSwapper, _face
from hybridface_worker.swappers.source import source_of
from support.faces import group, portrait


@pytest.fixture(scope="module")
def swapper():
    return BlendSwapper()


@pytest.fixture(scope="module")
def detector():
    return CenterFace(SessionOptions(threads=1), min_score=0.5)


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
    """Means over the cheeks and the nose, which may be more in the shade than before, but hardly paler.

    The source is paler by 40 and more levels of blue.
    """
    cheeks = (slice(None), slice(125, 160), slice(95, 160))
    before = crops[cheeks].mean(axis=(1, 2))
    after = swapper.swap(crops, [source] * len(crops))[cheeks].mean(axis=(1, 2))
    assert np.abs(after - before).mean() < 14
    assert np.abs(after - before).max() < 36
    assert (after - before).max() < 12


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


def test_a_face_in_its_own_light_comes_out_as_it_went_in_but_for_the_gains(monkeypatch):
    monkeypatch.setattr(dress, "SHADES", 1.0)
    monkeypatch.setattr(dress, "SHINE", 1.0)
    monkeypatch.setattr(dress, "WARMTH", np.zeros(2, np.float32))
    image = cv2.resize(portrait()[0:256, 100:356], (64, 64), interpolation=cv2.INTER_AREA) * np.float32(0.3) + 60
    everywhere = np.ones((64, 64), np.float32)
    light = Light.of(image, everywhere, 0.5 * everywhere)
    assert np.allclose(dressed(image, light, light, everywhere, 0 * everywhere, 0 * everywhere), image, atol=1)


def test_where_no_detail_is_wanted_there_is_light_alone():
    random = np.random.default_rng(3)
    image = random.uniform(60, 200, (64, 64, 3)).astype(np.float32)
    everywhere = np.ones((64, 64), np.float32)
    light = Light.of(np.full_like(image, (200, 150, 120)), everywhere, everywhere)
    its = Light.of(image, everywhere, everywhere)
    assert np.allclose(dressed(image, its, light, 0 * everywhere, everywhere, everywhere), (200, 150, 120), atol=0.1)


def test_light_is_continued_to_where_there_is_no_skin():
    image = np.full((64, 64, 3), (20, 40, 200), np.float32)
    skin = np.zeros((64, 64), np.float32)
    image[10:50, 10:30] = (200, 150, 120)
    skin[10:50, 10:30] = 1
    light = Light.of(image, skin, np.ones_like(skin))
    nothing = np.zeros_like(skin)
    assert np.allclose(dressed(image, light, light, nothing, skin, skin), (200, 150, 120), atol=0.5)


@given(bright=st.floats(150, 255))
def test_highlights_never_lose_their_hue(bright):
    """However bright the source's own highlight."""
    source = np.full((64, 64, 3), 100, np.float32)
    source[24:40, 24:40] = bright
    everywhere = np.ones((64, 64), np.float32)
    orange = np.full_like(source, (240, 180, 140))
    its, light = (Light.of(image, everywhere, 0 * everywhere) for image in (source, orange))
    shone = dressed(source, its, light, everywhere, everywhere, everywhere)[32, 32]
    assert shone.max() <= 255
    assert np.allclose(shone / shone[0], orange[0, 0] / 240, atol=0.01)


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


@given(turn=st.floats(0.3, 0.7))
def test_beyond_the_outline_of_a_turned_head_nothing_is_replaced(turn):
    """Where all that is seen looks like skin, only the head's shape can tell."""
    seen_by = STRAIGHT + np.array([(-turn / 4, 0, -turn, 0), (0, 0, 0, 0)])
    x, y = (template(128) - ORIGIN).T
    points = (seen_by @ np.stack([x, y, depth(x, y), np.ones(5)])).T + ORIGIN
    face = _face(np.full((SIZE, SIZE, 3), (200, 150, 120), np.uint8), points * (SEEN / 128))
    across = np.linspace(-46, 0, 200)
    for row in range(20, 54):
        height = (row + 0.5) * (128 / SMALL) - 0.5 - ORIGIN[1]
        columns = (
            face.camera[0, 0] * across + face.camera[0, 2] * depth(across, np.full(200, height)) + face.camera[0, 3]
        )
        outline = int((columns.min() + ORIGIN[0]) * (SMALL / 128))
        assert face.shown[row, : outline - 1].max() < 0.05


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


def test_what_shines_on_skin_has_the_skins_hue_and_teeth_stay_white():
    source = np.full((64, 64, 3), (180, 130, 100), np.float32)
    source[28:36, 28:36] = 255
    everywhere = np.ones((64, 64), np.float32)
    dark = np.full_like(source, (120, 80, 60))
    its, light = (Light.of(image, everywhere, 0 * everywhere) for image in (source, dark))
    skin, teeth = (dressed(source, its, light, everywhere, matt, matt)[32, 32] for matt in (everywhere, 0 * everywhere))
    assert np.allclose(skin / skin[0], (1, 80 / 120, 60 / 120), atol=0.03)
    assert teeth[2] / teeth[0] > 0.6


def test_shades_are_as_warm_as_the_targets_own():
    """On a target whose hue does not change with its light, and on one that glows in its shades."""
    source = np.full((64, 64, 3), (180, 130, 100), np.float32)
    source[28:36, 28:36] *= np.float32(0.8)
    everywhere = np.ones((64, 64), np.float32)
    its = Light.of(np.full_like(source, (180, 130, 100)), everywhere, everywhere)
    brightness = np.linspace(0.6, 1, 64, dtype=np.float32)[:, None, None]
    even = np.array((200, 150, 120), np.float32) * brightness * np.ones((64, 64, 1), np.float32)
    glowing = even + np.array((60, 0, -60), np.float32) * (1 - brightness)
    ratios = []
    for target in (even, glowing):
        light = Light.of(target, everywhere, 0 * everywhere)
        shade, around = dressed(source, its, light, everywhere, everywhere, everywhere)[32, [32, 10]]
        ratios.append((shade[0] / shade[2]) / (around[0] / around[2]))
    assert 1 < ratios[0] < 1.06
    assert ratios[1] > 1.1


def test_shine_does_not_bleach_what_shines_already():
    source = np.full((64, 64, 3), (180, 130, 100), np.float32)
    source[28:36, 28:36] = 255
    everywhere = np.ones((64, 64), np.float32)
    target = np.linspace(100, 200, 64, dtype=np.float32)[:, None, None] * np.ones((64, 64, 3), np.float32)
    its, light = (Light.of(image, everywhere, 0 * everywhere) for image in (source, target))
    assert dressed(source, its, light, everywhere, everywhere, everywhere).max() < 205
