"""What a player shows of pictures is decoded, no more; and what changes on the way is named."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.media.decode import VideoReader
from support.clips import clip
from support.clips_odd import cropped, joined, with_headers
from support.decoded import Inspected, inspected

BT709 = {"color_primaries": 1, "color_trc": 1, "colorspace": 1, "color_range": 1}
CHANGES: list[dict[str, Any]] = [
    {"color_trc": 18},
    {"color_primaries": 9, "colorspace": 9},
    {"color_range": 2},
    {"sample_aspect_ratio": Fraction(4, 3)},
]


def lumas(seen: Inspected) -> list[npt.NDArray[Any]]:
    """The luma of the first frames, [H, W]."""
    sample = np.uint16 if seen.info.bit_depth > 8 else np.uint8
    with seen.path.open("rb") as file, VideoReader(file, seen.info, seen.index, threads=1) as reader:
        planes = [found.frame.planes[0] for found in reader.read(0, 3)]
        return [np.frombuffer(memoryview(p), sample).reshape(p.height, -1)[:, : p.width].copy() for p in planes]


@pytest.mark.parametrize("name", ["cfr", "hevc_10bit"])
def test_a_picture_has_the_columns_and_rows_that_a_player_shows(name: str, tmp_path: Path) -> None:
    shown = inspected(cropped(tmp_path, name, left=6, right=2, top=2, bottom=4))
    assert (shown.info.width, shown.info.height) == (320 - 8, 240 - 6)
    for part, whole in zip(lumas(shown), lumas(inspected(clip(name))), strict=True):
        assert np.array_equal(part, whole[2:-4, 6:-2])


@pytest.mark.parametrize("change", CHANGES)
def test_pictures_that_are_described_otherwise_on_the_way_are_refused_before_any_work(change, tmp_path: Path) -> None:
    path = joined(tmp_path / "joined.mp4", with_headers(**BT709), with_headers(**{**BT709, **change}), frames=8)
    with pytest.raises(InputRefused, match="changes on the way; split the video there") as refused:
        inspected(path)
    assert refused.value.reason is Reason.PIXEL_FORMAT_NOT_SUPPORTED


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("change", CHANGES)
def test_where_no_look_falls_on_the_change_it_is_refused_when_it_is_reached(change, threads, tmp_path: Path) -> None:
    alike = [with_headers(**BT709)] * 7
    seen = inspected(joined(tmp_path / "joined.mp4", *alike, with_headers(**{**BT709, **change}), frames=8))
    with (
        seen.path.open("rb") as file,
        VideoReader(file, seen.info, seen.index, threads=threads) as reader,
        pytest.raises(
            InputRefused, match=r"from frame 56 \(at 2.240 s\) on, (colours are described|pixels are 4/3)"
        ) as refused,
    ):
        list(reader.read(40, 64, conceal=True))
    assert refused.value.reason is Reason.PIXEL_FORMAT_NOT_SUPPORTED
