"""Bad files are refused with their reason, before anything is decoded that limits forbid."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

import pytest

from hybridface_worker.contract.errors import InputRefused, ObjectChangedError
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Container, Limits
from hybridface_worker.media.inspect import inspect_video
from hybridface_worker.media.open import open_video
from hybridface_worker.media.sniff import HEAD_BYTES, sniff
from support.clips import clip
from support.clips_bad import REFUSED, all_broken


def _inspect(file: BinaryIO, limits: Limits | None = None) -> tuple[Finding, ...]:
    container = sniff(file.read(HEAD_BYTES))
    assert isinstance(container, Container)
    return inspect_video(file, container, limits or Limits())[2]


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_file_is_refused_with_its_reason(name: str) -> None:
    with REFUSED[name].cached().open("rb") as file, pytest.raises(InputRefused) as refused:
        _inspect(file)
    assert refused.value.reason is REFUSED[name].reason


def test_a_video_of_which_nothing_decodes_is_refused(tmp_path: Path) -> None:
    with all_broken(tmp_path).open("rb") as file, pytest.raises(InputRefused) as refused:
        _inspect(file)
    assert refused.value.reason is Reason.DECODE_ERROR


@pytest.mark.parametrize(
    ("limits", "named"),
    [
        (Limits(max_bytes=1000), "bytes"),
        (Limits(max_pixels=320 * 240 - 1), "320x240"),
        (Limits(max_frames=199), "too many frames; at most 199 .* raise HYBRIDFACE_MAX_FRAMES"),
        (Limits(max_duration_seconds=6), "too many seconds; at most 6 "),
        (Limits(max_tracks=1), "2 tracks"),
    ],
)
def test_limits_hold(limits: Limits, named: str) -> None:
    with clip("cfr").open("rb") as file, pytest.raises(InputRefused, match=named) as refused:
        _inspect(file, limits)
    assert refused.value.reason is Reason.LIMIT_EXCEEDED


def test_a_clip_at_its_limits_passes() -> None:
    path = clip("cfr")
    limits = Limits(
        max_bytes=path.stat().st_size, max_pixels=320 * 240, max_frames=200, max_duration_seconds=7, max_tracks=2
    )
    with path.open("rb") as file:
        assert _inspect(file, limits) == ()


@pytest.mark.parametrize("container", [Container.MP4, Container.MKV])
def test_a_demuxer_is_never_chosen_by_the_file(container: Container) -> None:
    with pytest.raises(InputRefused):
        open_video(io.BytesIO(b"#EXTM3U\n#EXTINF:4,\nfile:///etc/hostname\n"), container, Limits())


class _Changing(io.BytesIO):
    """A file whose object was replaced while it was read."""

    def __init__(self, data: bytes, after: int) -> None:
        super().__init__(data)
        self.after = after

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() >= self.after:
            raise ObjectChangedError(Reason.INPUT_CHANGED, "it changed")
        return super().read(size)


@pytest.mark.parametrize("after", [0, 300_000])
def test_an_error_of_the_file_object_comes_through_as_it_is(after: int) -> None:
    with pytest.raises(ObjectChangedError):
        inspect_video(_Changing(clip("cfr").read_bytes(), after), Container.MP4, Limits())
