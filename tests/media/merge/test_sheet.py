from __future__ import annotations

import io

import numpy as np
from PIL import Image

from hybridface_worker.media.sheet import PICTURE_WIDTH, contact_sheet
from support.clip_picture import picture


def sheet(*pairs):
    return Image.open(io.BytesIO(contact_sheet(pairs)))


def test_before_is_above_after_and_pictures_are_not_changed():
    before, after = picture(1), np.flip(picture(1), axis=1).copy()
    pixels = np.asarray(sheet(("frame 1", before, after)))
    rows = [row for row in range(len(pixels) - 480) if (pixels[row : row + 240, 12:332] == before).all()]
    assert len(rows) == 1
    assert (pixels[rows[0] + 244 : rows[0] + 484, 12:332] == after).all()


def test_three_pairs_in_a_row():
    one, three, four = (sheet(*[("", picture(0), picture(0))] * count) for count in (1, 3, 4))
    assert three.height == one.height
    assert three.width - one.width == 2 * (320 + 12)
    assert four.width == three.width
    assert four.height - three.height == 2 * 240 + 4 + 34


def test_wide_pictures_are_scaled_down_with_their_shape():
    wide = np.zeros((1080, 1920, 3), np.uint8)
    assert sheet(("", wide, wide)).width == PICTURE_WIDTH + 24


def test_pictures_of_any_shape_fit_one_sheet():
    tall, flat = np.zeros((900, 20, 3), np.uint8), np.zeros((1, 4000, 3), np.uint8)
    assert sheet(("", tall, flat), ("", flat, tall)).width == 2 * PICTURE_WIDTH + 36


def test_a_sheet_of_nothing_is_a_picture_as_well():
    assert sheet().width == PICTURE_WIDTH + 24


def test_equal_pairs_make_equal_bytes():
    assert contact_sheet([("a", picture(0), picture(1))]) == contact_sheet([("a", picture(0), picture(1))])
