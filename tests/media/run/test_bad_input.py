"""Inputs that cannot be worked, through the whole command: a clear error for each, and nothing else lost."""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from hybridface_operator.cli import main
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import ImageFormat
from support.clips import clip
from support.clips_bad import REFUSED, all_broken, damaged
from support.commands import Bench, Ended, bound_by_modes
from support.images import chunk, face_still, slope
from support.merging import Probed
from support.runs import SOURCE, manifest, portrait

ADVICE = re.compile(r"upload|give|convert|remux|remove|repair|check|join|deinterlace|make it|raise|are read$")


def bomb() -> bytes:
    """A PNG of 900 million pixels in a few hundred bytes."""
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@dataclass(frozen=True)
class ManyBad:
    """One job with one good target and every bad one."""

    bench: Bench
    end: Ended
    expected: dict[str, Reason]
    paths: dict[str, Path]


@pytest.fixture(scope="module")
def many_bad(tmp_path_factory) -> ManyBad:
    root = tmp_path_factory.mktemp("bad")
    bad = {name.replace("_", "-"): (spec.cached(), spec.reason) for name, spec in REFUSED.items()}
    files = {
        "bomb": ("bomb.png", bomb(), Reason.LIMIT_EXCEEDED),
        "cut-jpeg": ("cut.jpg", face_still()[:2000], Reason.INPUT_TRUNCATED),
        "locked": ("locked.mp4", clip("cfr", 6).read_bytes(), Reason.INPUT_UNREADABLE),
    }
    for name, (file, data, reason) in files.items():
        (root / file).write_bytes(data)
        bad[name] = root / file, reason
    (root / "locked.mp4").chmod(0)
    bad["broken-packet"] = damaged(root, "sixty_five_frames", frame=40, how="zero").path, Reason.CHUNK_FAILED
    bad["all-broken"] = all_broken(root), Reason.DECODE_ERROR
    paths = {"good": clip("cfr", 6), **{name: path for name, (path, _) in bad.items()}}
    bench = Bench(root / "bench", manifest(paths, root / "bench" / "out", swapper="marker"))
    expected = {name: reason for name, (_, reason) in bad.items()}
    return ManyBad(bench, bench.run(before=bound_by_modes()), expected, paths)


def test_the_good_target_among_bad_ones_is_published(many_bad):
    assert many_bad.end.status == 1
    good = many_bad.bench.entries()["good"]
    assert (good.outcome, good.published) == ("published", "merged")


def test_each_bad_target_is_reported_with_its_reason_its_file_and_what_to_do(many_bad):
    entries = many_bad.bench.entries()
    found = {name: entry.finding.reason for name, entry in entries.items() if entry.finding}
    assert found == many_bad.expected
    for name in many_bad.expected:
        finding = entries[name].finding
        assert finding is not None
        assert ADVICE.search(finding.message), f"{name}: what is to be done? {finding}"
        work = many_bad.bench.root / "out" / SOURCE / f"{name}.mp4"
        assert entries[name].uri in (many_bad.paths[name].as_uri(), work.as_uri())
        assert not work.exists()


def test_of_a_broken_packet_the_frames_are_named(many_bad):
    finding = many_bad.bench.entries()["broken-packet"].finding
    assert finding
    assert finding.message.startswith("1 of 2 chunks failed: actor/broken-packet/v000000/00000032-00000065")
    assert "frame 40 does not decode" in finding.message
    assert "onDecodeError: keepOriginal" in finding.message


def test_the_log_says_of_each_bad_target_what_the_index_says(many_bad):
    said = {event["target"]: event for event in many_bad.end.of("output.lost")}
    assert said.keys() == many_bad.expected.keys()
    for name, event in said.items():
        entry = many_bad.bench.entries()[name]
        told = {"reason": event["reason"], "message": event["message"]}
        assert event["uri"] == entry.uri
        assert entry.finding
        assert told == entry.finding.model_dump(mode="json")


def test_the_complaint_is_one_line(many_bad):
    lost = len(many_bad.expected)
    begin = f"hybridface: test: SomeOutputsFailed: {lost} of {lost + 1} outputs were not published; the first: file:///"
    assert many_bad.end.complaint.startswith(begin)
    assert many_bad.end.complaint.count("\n") == 1


def test_what_the_job_allows_is_published_with_a_note_on_each_doubt(tmp_path):
    face = np.asarray(Image.open(portrait()))
    couple = np.zeros((512, 800, 3), np.uint8)
    couple[:, :512] = face
    couple[256:, 544:] = np.asarray(Image.fromarray(face).resize((256, 256)))
    Image.fromarray(couple).save(tmp_path / "couple.png")
    (tmp_path / "cut.png").write_bytes(face_still(ImageFormat.PNG)[:3000])
    images = [{"uri": (tmp_path / name).as_uri()} for name in ("cut.png", "couple.png")]
    broken = damaged(tmp_path, "sixty_five_frames", frame=40, how="zero").path
    document = manifest(
        {"broken": broken},
        tmp_path / "out",
        swapper="marker",
        sources=[{"name": SOURCE, "images": images}],
        onDecodeError="keepOriginal",
    )
    bench = Bench(tmp_path, document)
    assert bench.run().status == 0
    report = bench.report(bench.entries()["broken"])
    assert 40 in report.concealed
    assert report.frames == 65
    assert report.frames_with_faces == 65 - len(report.concealed)
    notes = {note.reason: note.message for note in report.notes}
    couple_uri, cut_uri = ((tmp_path / name).as_uri() for name in ("couple.png", "cut.png"))
    assert notes[Reason.SEVERAL_FACES_IN_SOURCE].startswith(
        f"{couple_uri}: 2 faces were found and the largest is taken"
    )
    assert notes[Reason.INPUT_TRUNCATED].startswith(f"{cut_uri} is not used, only the source's other images are: ")
    assert Probed.of(tmp_path / "out" / SOURCE / "broken.mp4").info.frames == 65


def test_a_source_without_a_face_ends_the_job_before_any_swap(tmp_path):
    Image.fromarray(slope(width=320, height=240)).save(tmp_path / "landscape.png")
    image = (tmp_path / "landscape.png").as_uri()
    sources = [{"name": SOURCE, "images": [{"uri": image}]}]
    bench = Bench(tmp_path, manifest({"clip": clip("cfr", 6)}, tmp_path / "out", sources=sources))
    end = bench.run()
    assert end.status == 2
    assert f"no face to swap in: source '{SOURCE}' ({image}: no face was found" in end.complaint
    assert end.complaint.count("\n") == 1
    assert {event["phase"] for event in end.of("phase.started")} == {"probe"}
    assert not (tmp_path / "out").exists()


def missing(name: str) -> dict[str, str]:
    return {"name": name, "uri": f"file:///nowhere/{name}.mp4"}


WRONG: dict[str, tuple[list[dict[str, Any]], str]] = {
    "targets that are missing": (
        [{"targets": [missing("a"), missing("b")]}],
        "target 'a': file:///nowhere/a.mp4 is not there; target 'b': file:///nowhere/b.mp4 is not there",
    ),
    "a source that is missing": (
        [{"sources": [{"name": "actor", "images": [{"uri": "none.png"}]}]}],
        "none.png is not",
    ),
    "a folder taken for a file": (
        [{"targets": [{"name": "stills", "uri": Path(__file__).parent.as_uri()}]}],
        "is a folder: end it with / to take what is in it",
    ),
    "an unknown model": ([{"models": {"swapper": "inswaper_128"}}], "inswaper_128"),
    "expired consent": (
        [{"consent": {"reference": "contract 7", "expires": "2020-01-01T00:00:00Z"}}],
        "consent 'contract 7' expired on 2020-01-01T00:00:00Z",
    ),
    "a manifest of another kind": ([{"kind": "Deployment"}], "Deployment"),
    "one bad document of several": ([{}, {"targts": []}], 'did you mean "targets"?'),
}


@pytest.mark.parametrize(("changes", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_with_a_manifest_is_said_before_anything_is_done(changes, said, tmp_path, monkeypatch, capsys):
    documents = [manifest({"clip": portrait()}, tmp_path / "out") for _ in changes]
    for document, change in zip(documents, changes, strict=True):
        (document if "kind" in change else document["spec"]).update(change)
    Bench(tmp_path, *documents)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["hybridface", "run", "job.yaml", "--store", "store"])
    assert main() == 2
    out, complaint = capsys.readouterr()
    assert said in complaint
    assert all(line.startswith("hybridface: ") for line in complaint.splitlines())
    assert out == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["job.yaml"]
