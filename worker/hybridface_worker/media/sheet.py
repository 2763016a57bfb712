"""The contact sheet: what pictures were and what they became, side by side. Knows nothing of videos and faces."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Rgb = npt.NDArray[np.uint8]

PICTURE_WIDTH = 480
_MARGIN = 12
_LABEL_HEIGHT = 22
_FONT_SIZE = 14
_PAPER = (250, 250, 250)
_INK = (40, 40, 40)


def contact_sheet(pairs: Sequence[tuple[str, Rgb, Rgb]]) -> bytes:
    """Draws one row for each pair: its label, the picture before, the picture after.

    Args:
        pairs: label, and two uint8 RGB pictures [H, W, 3] of any size; wider ones than 480 pixels are scaled down.

    Returns:
        A PNG. Equal pairs give equal bytes.
    """
    rows = [(label, _scaled(before), _scaled(after)) for label, before, after in pairs]
    column = max((picture.width for _, *pictures in rows for picture in pictures), default=PICTURE_WIDTH)
    heights = [max(before.height, after.height) + _LABEL_HEIGHT + _MARGIN for _, before, after in rows]
    sheet = Image.new("RGB", (2 * column + 3 * _MARGIN, sum(heights) + _LABEL_HEIGHT + _MARGIN), _PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(_FONT_SIZE)
    left, right = _MARGIN, column + 2 * _MARGIN
    draw.text((left, _MARGIN // 2), "before", _INK, font)
    draw.text((right, _MARGIN // 2), "after", _INK, font)
    top = _LABEL_HEIGHT + _MARGIN // 2
    for (label, before, after), height in zip(rows, heights, strict=True):
        draw.text((left, top), label, _INK, font)
        sheet.paste(before, (left, top + _LABEL_HEIGHT))
        sheet.paste(after, (right, top + _LABEL_HEIGHT))
        top += height
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    return buffer.getvalue()


def _scaled(pixels: Rgb) -> Image.Image:
    picture = Image.fromarray(pixels)
    if picture.width <= PICTURE_WIDTH:
        return picture
    height = max(round(picture.height * PICTURE_WIDTH / picture.width), 1)
    return picture.resize((PICTURE_WIDTH, height), Image.Resampling.LANCZOS)
