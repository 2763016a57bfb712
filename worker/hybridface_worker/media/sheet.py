"""The contact sheet: pictures before and after. Knows nothing of videos and faces."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Rgb = npt.NDArray[np.uint8]

PICTURE_WIDTH = 480
COLUMNS = 3
_MARGIN = 12
_GAP = 4
_LABEL_HEIGHT = 22
_FONT_SIZE = 14
_PAPER = (250, 250, 250)
_INK = (40, 40, 40)


def contact_sheet(pairs: Sequence[tuple[str, Rgb, Rgb]]) -> bytes:
    """Draws a column for each pair, three to a row: its label, the picture before, the picture after.

    Args:
        pairs: label, and two uint8 RGB pictures [H, W, 3] of any size; wider ones than 480 pixels are scaled down.

    Returns:
        A PNG. Equal pairs give equal bytes.
    """
    columns = [(label, _scaled(before), _scaled(after)) for label, before, after in pairs]
    rows = [columns[first : first + COLUMNS] for first in range(0, len(columns), COLUMNS)]
    width = _MARGIN + max((picture.width for _, *both in columns for picture in both), default=PICTURE_WIDTH)
    heights = [_row_height(row) for row in rows]
    size = (width * max(min(len(columns), COLUMNS), 1) + _MARGIN, sum(heights) + _LABEL_HEIGHT + _MARGIN)
    sheet = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(_FONT_SIZE)
    draw.text((_MARGIN, _MARGIN // 2), "before above after", _INK, font)
    top = _LABEL_HEIGHT + _MARGIN // 2
    for row, height in zip(rows, heights, strict=True):
        below = top + _LABEL_HEIGHT + max(before.height for _, before, _ in row) + _GAP
        for number, (label, before, after) in enumerate(row):
            left = _MARGIN + number * width
            draw.text((left, top), label, _INK, font)
            sheet.paste(before, (left, top + _LABEL_HEIGHT))
            sheet.paste(after, (left, below))
        top += height
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    return buffer.getvalue()


def _row_height(row: Sequence[tuple[str, Image.Image, Image.Image]]) -> int:
    tallest = max(before.height for _, before, _ in row), max(after.height for _, _, after in row)
    return _LABEL_HEIGHT + tallest[0] + _GAP + tallest[1] + _MARGIN


def _scaled(pixels: Rgb) -> Image.Image:
    picture = Image.fromarray(pixels)
    if picture.width <= PICTURE_WIDTH:
        return picture
    height = max(round(picture.height * PICTURE_WIDTH / picture.width), 1)
    return picture.resize((PICTURE_WIDTH, height), Image.Resampling.LANCZOS)
