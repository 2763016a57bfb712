"""The moving picture of the test clips: one face on a textured ground, and a number that survives lossy coding.

Knows nothing of codecs and containers.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image
from skimage import data

Rgb = npt.NDArray[np.uint8]

COUNTER_BITS = 12
_HEAD = (slice(0, 200), slice(110, 320))


def picture(number: int, width: int = 320, height: int = 240) -> Rgb:
    """Frame `number`: the astronaut's head on a smooth path, and the number's bits as blocks along the lower edge.

    Returns:
        uint8 RGB [height, width, 3]
    """
    frame = _ground(width, height).copy()
    head = _head(height)
    rows, columns = height - _block(width) - head.shape[0], width - head.shape[1]
    top = round(rows * (0.5 + 0.5 * np.sin(number / 17)))
    left = round(columns * (0.5 + 0.5 * np.sin(number / 29 + 1)))
    frame[top : top + head.shape[0], left : left + head.shape[1]] = head
    _write_number(frame, number)
    return frame


def read_number(luma: npt.NDArray[np.generic], white: int) -> int:
    """The number that `picture` wrote, from a luma plane [H, W] whose largest sample is `white`."""
    height, width = luma.shape
    block = _block(width)
    number = 0
    for bit in range(COUNTER_BITS):
        cell = luma[height - block + 2 : height - 2, bit * block + 2 : (bit + 1) * block - 2]
        number |= int(float(cell.mean()) > white / 2) << bit
    return number


def _write_number(frame: Rgb, number: int) -> None:
    height, width = frame.shape[:2]
    block = _block(width)
    for bit in range(COUNTER_BITS):
        frame[height - block :, bit * block : (bit + 1) * block] = 255 * (number >> bit & 1)


def _block(width: int) -> int:
    return width // (COUNTER_BITS + 1) // 2 * 2


@lru_cache(maxsize=4)
def _head(height: int) -> Rgb:
    size = round(height * 0.62)
    head = Image.fromarray(data.astronaut()[_HEAD])
    return np.asarray(head.resize((round(size * 1.05), size), Image.Resampling.LANCZOS))


@lru_cache(maxsize=4)
def _ground(width: int, height: int) -> Rgb:
    coarse = np.random.default_rng(7).integers(40, 200, (height // 16 + 1, width // 16 + 1, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
