"""The demo's inputs are what the demo is to show."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageOps

import prepare_demo

SECONDS = 1


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Path:
    folder: Path = tmp_path_factory.mktemp("demo") / "in"
    assert prepare_demo.prepare(folder, SECONDS)
    return folder


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_they_are_the_same_every_time(prepared, tmp_path):
    assert prepare_demo.prepare(tmp_path / "in", SECONDS)
    assert digests(tmp_path / "in") == digests(prepared)


def test_what_is_there_is_not_made_again(prepared):
    before = (prepared / "people.mp4").stat()
    assert not prepare_demo.prepare(prepared, SECONDS)
    assert (prepared / "people.mp4").stat() == before


def test_files_of_somebody_else_are_left_alone(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine")
    assert prepare_demo.main([str(tmp_path)]) == 1
    assert "holds files that this program did not make" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_clip_has_sound_a_chapter_and_a_title(prepared):
    with av.open(str(prepared / "people.mp4")) as clip:
        video, audio = clip.streams.video[0], clip.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        assert (video.frames, video.width, video.height) == (SECONDS * 30, 1280, 720)
        assert video.average_rate == Fraction(30)
        assert clip.metadata["title"] == "People around a table"
        assert [chapter["metadata"]["title"] for chapter in clip.chapters()] == ["At the table"]


def test_the_clip_shows_what_the_camera_saw(prepared):
    wanted = prepare_demo.view(prepare_demo.read_photograph(), prepare_demo.camera(0))
    with av.open(str(prepared / "people.mp4")) as clip:
        shown = next(clip.decode(video=0)).to_ndarray(format="rgb24")
    assert np.abs(shown.astype(int) - wanted).mean() < 3


def test_the_camera_moves_and_never_looks_past_the_photograph():
    photograph = prepare_demo.read_photograph()
    height, width = photograph.shape[:2]
    shots = [prepare_demo.camera(number / 100) for number in range(101)]
    for shot in shots:
        half_width, half_height = shot.width / 2, shot.width * 720 / 1280 / 2
        roll = abs(np.sin(np.radians(shot.degrees)))
        across, down = half_width + half_height * roll, half_height + half_width * roll
        assert across <= shot.x <= width - across
        assert down <= shot.y <= height - down
    assert len(set(shots)) > 90


def test_the_stills_are_of_several_kinds(prepared):
    stills = {path.name: Image.open(path) for path in sorted((prepared / "stills").iterdir())}
    assert {name: image.format for name, image in stills.items()} == {
        "group.jpg": "JPEG",
        "pair.png": "PNG",
        "turned.jpg": "JPEG",
    }
    turned = stills["turned.jpg"]
    assert turned.width > turned.height
    upright = ImageOps.exif_transpose(turned)
    assert upright.width < upright.height
    for image in stills.values():
        image.close()
