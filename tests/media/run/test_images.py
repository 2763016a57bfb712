"""A prefix of stills, of every format and layout, through whole jobs: nothing changes but faces."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hybridface_worker.contract import layout
from hybridface_worker.contract.manifest import IndexEntry, OutputIndex, OutputReport
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import ImageFormat, JobRef
from support.clips import clip
from support.images import encode, face_still, icc, opened, psnr, samples, slope, stored
from support.merging import Probed
from support.runs import manifest, portrait, run

JPEG, PNG, WEBP = ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.WEBP
SOURCES = ("first", "second")
EXIF_ORIENTATION = 0x0112

Build = Callable[[], bytes]
LOSSLESS: dict[str, Build] = {
    "deep.png": lambda: face_still(PNG, depth=16, with_profile=True),
    "deep-grey-alpha.png": lambda: face_still(PNG, "LA", 16),
    "alpha.png": lambda: face_still(PNG, "RGBA", with_profile=True),
    "nested/alpha.webp": lambda: face_still(WEBP, "RGBA", lossless=True, with_profile=True),
    **{f"turned/{n}.png": partial(face_still, PNG, orientation=n, seed=n) for n in range(1, 9)},
    "turned/6.webp": lambda: face_still(WEBP, orientation=6, lossless=True),
}
LOSSY: dict[str, Build] = {
    "plain.jpg": lambda: face_still(JPEG, with_profile=True, quality=92),
    "nested/deeper/grey.JPEG": lambda: face_still(JPEG, "L", quality=92),
    "turned/3.jpg": lambda: face_still(JPEG, orientation=3, quality=92),
    "turned/6.jpg": lambda: face_still(JPEG, orientation=6, quality=92),
    "lossy.webp": lambda: face_still(WEBP, quality=90),
}
NOBODY: dict[str, Build] = {
    "nobody.png": lambda: encode(slope(width=320, height=240), PNG),
    "nested/nobody.jpg": lambda: encode(slope(width=320, height=240), JPEG, orientation=6),
}
HIDDEN = (".hidden.png", ".folder/inside.png", "nested/.thumbs/1.png")


class Stills:
    """A folder of stills, and the jobs that work it."""

    def __init__(self, root: Path, inputs: dict[str, bytes], others: dict[str, bytes]) -> None:
        self.root = root
        self.inputs = inputs
        for name, data in {**inputs, **others}.items():
            path = root / "stills" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def run(self, swapper: str, name: str, **output: Any) -> Results:
        """Runs a job that publishes into the folder `name`."""
        document = manifest({}, self.root / name, swapper=swapper)
        document["spec"]["output"] |= output
        document["spec"]["sources"] = [{"name": each, "images": [{"uri": portrait().as_uri()}]} for each in SOURCES]
        document["spec"]["targets"] = [{"name": "stills", "uri": f"{(self.root / 'stills').as_uri()}/"}]
        done = run(document, self.root / "store")
        return Results(self.root / name, done.complete)


class Results:
    """What a job published."""

    def __init__(self, out: Path, complete: bool) -> None:
        self.out = out
        self.complete = complete
        index = out / layout.published_index(JobRef(namespace="local", name="test", uid="x"))
        self.entries = OutputIndex.from_bytes(index.read_bytes(), index.name).outputs

    def names(self, source: str) -> set[str]:
        folder = self.out / source / "stills"
        return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}

    def read(self, name: str, source: str = SOURCES[0]) -> bytes:
        return (self.out / source / "stills" / name).read_bytes()

    def entry(self, name: str, source: str = SOURCES[0]) -> IndexEntry:
        (found,) = (each for each in self.entries if each.uri == (self.out / source / "stills" / name).as_uri())
        return found

    def report(self, name: str, source: str = SOURCES[0]) -> OutputReport:
        uri = self.entry(name, source).report
        assert uri is not None
        return OutputReport.from_bytes(Path(uri.removeprefix("file://")).read_bytes(), uri)


@pytest.fixture(scope="module")
def stills(tmp_path_factory) -> Stills:
    inputs = {name: build() for name, build in {**LOSSLESS, **LOSSY, **NOBODY}.items()}
    others = dict.fromkeys(HIDDEN, b"nothing that anybody reads")
    others["nested/clip.mp4"] = clip("cfr", 3).read_bytes()
    return Stills(tmp_path_factory.mktemp("stills"), inputs, others)


@pytest.fixture(scope="module")
def identity(stills: Stills) -> Results:
    return stills.run("identity", "identity")


@pytest.fixture(scope="module")
def marker(stills: Stills) -> Results:
    return stills.run("marker", "marker")


def around_the_face(orientation: int):
    """Where `face_still` has its portrait, as stored: bool [H, W]."""
    mask = np.zeros((240, 320), bool)
    side = round(240 * 0.8)
    mask[240 - side :, (320 - side) // 2 : (320 + side) // 2] = True
    return stored(mask, orientation)


def orientation_of(data: bytes) -> int:
    return int(opened(data).getexif().get(EXIF_ORIENTATION, 1))


def test_every_file_that_is_not_hidden_is_published_for_every_source_under_its_own_path(stills, identity):
    assert identity.complete
    for source in SOURCES:
        assert identity.names(source) == {*stills.inputs, "nested/clip.mp4"}


def test_with_identity_lossless_formats_keep_every_sample(stills, identity):
    for name in LOSSLESS:
        report = identity.report(name)
        assert (report.published, report.faces) == ("merged", 1), name
        np.testing.assert_array_equal(samples(identity.read(name)), samples(stills.inputs[name]), err_msg=name)


def test_with_identity_lossy_formats_come_as_near_as_their_coding_allows(stills, identity):
    for name in LOSSY:
        assert identity.report(name).published == "merged", name
        assert psnr(samples(identity.read(name)), samples(stills.inputs[name])) > 40, name


def test_profile_orientation_mode_and_format_are_kept(stills, marker):
    for name in {**LOSSLESS, **LOSSY}:
        before, after = opened(stills.inputs[name]), opened(marker.read(name))
        assert (after.format, after.mode, after.size) == (before.format, before.mode, before.size), name
        assert orientation_of(marker.read(name)) == orientation_of(stills.inputs[name]), name
        assert after.info.get("icc_profile") == before.info.get("icc_profile"), name
    assert opened(marker.read("plain.jpg")).info["icc_profile"] == icc()


def test_with_marker_samples_change_at_the_face_and_nowhere_else(stills, marker):
    for name in LOSSLESS:
        before, after = samples(stills.inputs[name]), samples(marker.read(name))
        changed = (before != after).any(axis=2)
        face = around_the_face(orientation_of(stills.inputs[name]))
        assert changed[face].mean() > 0.05, name
        assert not changed[~face].any(), name
        if before.shape[2] in (2, 4):
            np.testing.assert_array_equal(after[..., -1], before[..., -1], err_msg=f"{name}: alpha")


def test_an_image_without_a_face_is_published_as_its_own_bytes(stills, marker):
    for name in NOBODY:
        assert marker.read(name) == stills.inputs[name]
        report = marker.report(name)
        assert report.published == "sourceBytes"
        assert [note.reason for note in report.notes] == [Reason.NO_FACE_SELECTED]


def test_every_source_gets_the_same_pattern(stills, marker):
    for name in stills.inputs:
        assert marker.read(name, SOURCES[0]) == marker.read(name, SOURCES[1]), name


def test_a_video_among_them_is_worked_as_a_video(marker):
    entry = marker.entry("nested/clip.mp4", SOURCES[1])
    report = marker.report("nested/clip.mp4", SOURCES[1])
    assert (entry.published, report.frames, report.frames_with_faces) == ("merged", 3, 3)
    assert Probed.of(marker.out / SOURCES[1] / "stills/nested/clip.mp4").info.frames == 3


def test_each_changed_image_has_a_contact_sheet(marker):
    sheet = marker.report("turned/6.jpg").sheet
    assert sheet is not None
    assert opened(Path(sheet.removeprefix("file://")).read_bytes()).format == "PNG"


def test_in_another_format_what_it_cannot_carry_is_in_the_report(tmp_path):
    inputs = {
        "deep.png": face_still(PNG, depth=16, orientation=6, with_profile=True),
        "alpha.png": face_still(PNG, "RGBA"),
        "nobody.webp": encode(slope(width=320, height=240), WEBP, lossless=True),
        "same.png": face_still(PNG),
        "same.webp": face_still(WEBP),
    }
    results = Stills(tmp_path, inputs, {}).run("marker", "out", image={"format": "jpeg"})
    assert not results.complete
    assert results.names(SOURCES[0]) == {"deep.jpg", "nobody.jpg"}

    deep = opened(results.read("deep.jpg"))
    assert (deep.format, deep.mode, deep.info["icc_profile"]) == ("JPEG", "RGB", icc())
    assert orientation_of(results.read("deep.jpg")) == 6
    (note,) = results.report("deep.jpg").notes
    assert note.reason is Reason.PIXEL_FORMAT_NOT_SUPPORTED
    assert "16 bits per sample were rounded to 8" in note.message

    nobody = results.report("nobody.jpg")
    assert (nobody.published, nobody.faces, nobody.notes) == ("merged", 0, ())
    assert psnr(samples(results.read("nobody.jpg")), samples(inputs["nobody.webp"])) > 35

    alpha = results.entry("alpha.jpg")
    assert alpha.finding is not None
    assert alpha.finding.reason is Reason.ALPHA_NOT_SUPPORTED
    collided = [entry.finding.reason for entry in results.entries if entry.finding and "same" in entry.uri]
    assert collided == [Reason.OUTPUTS_COLLIDE] * 2 * len(SOURCES)
