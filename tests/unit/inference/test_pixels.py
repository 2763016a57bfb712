from __future__ import annotations

import cv2
import numpy as np
import pytest

from hybridface_worker.inference.pixels import pixels, planes

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 48, 64, 3), np.uint8)


@pytest.mark.parametrize(("mean", "scale"), [(0.0, 1 / 255), (127.5, 1 / 127.5), (127.5, 1 / 128), (0.0, 1.0)])
def test_tensors_are_those_of_opencv_to_the_last_bit(mean, scale):
    bgr = [np.ascontiguousarray(image[..., ::-1]) for image in IMAGES]
    blob = cv2.dnn.blobFromImages(bgr, scale, (64, 48), (mean,) * 3, swapRB=True)
    made = planes(IMAGES, mean=mean, scale=scale)
    assert made.dtype == np.float32
    assert np.array_equal(made, blob)


@pytest.mark.parametrize(("mean", "scale", "back", "shift"), [(0, 1 / 255, 255, 0), (127.5, 1 / 127.5, 127.5, 127.5)])
def test_there_and_back_nothing_changes(mean, scale, back, shift):
    assert np.array_equal(pixels(planes(IMAGES, mean=mean, scale=scale), scale=back, shift=shift), IMAGES)


def test_what_no_pixel_can_be_is_the_nearest_one():
    tensor = np.array([-1e9, -0.1, 0.5019, 1.2, np.inf, -np.inf, np.nan, 0, 1, 1, 1, 1], np.float32).reshape(1, 3, 2, 2)
    assert pixels(tensor)[0].transpose(2, 0, 1).ravel().tolist() == [0, 0, 128, 255, 255, 0, 0, 0, 255, 255, 255, 255]
