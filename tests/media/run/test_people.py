"""Whole jobs that look for people, on stand-ins for models: who is swapped for whom, and what stays exact."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from hybridface_operator.errors import JobRefused, JobStopped
from hybridface_worker.contract import layout
from hybridface_worker.contract.catalogue import Catalogue
from hybridface_worker.contract.manifest import ChunkManifest
from hybridface_worker.contract.reasons import Reason
from support import job_process
from support.all_stages import BLEND, MODELS
from support.merging import Probed
from support.people import GUEST, MAN, OTHER, WOMAN, around, assert_each_as_if_alone, clip, portrait, seen
from support.runs import Run, manifest, run
from support.runs import portrait as astronaut

FRAMES = 24
RECOGNISER = {"recogniser": "standin-arcface"}
ALL_MODELS = {**MODELS, "detector": "centerface"}


@pytest.fixture(scope="module")
def faces(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("faces")
    people = {"woman": WOMAN, "man": MAN, "other": OTHER, "guest": GUEST}
    return {name: portrait(who, folder / f"{name}.png") for name, who in people.items()}


def mapped(faces: dict[str, Path]) -> dict[str, Any]:
    """The woman becomes the astronaut, the man the guest; the third person is nobody."""
    return {
        "sources": [_source("astronaut", astronaut()), _source("guest", faces["guest"])],
        "faces": {
            "map": [_entry(faces["woman"], "astronaut"), _entry(faces["man"], "guest")],
            "minSimilarity": "0.5",
        },
    }


def _source(name: str, path: Path) -> dict[str, Any]:
    return {"name": name, "images": [{"uri": path.as_uri()}]}


def _entry(path: Path, source: str) -> dict[str, Any]:
    return {"reference": {"uri": path.as_uri()}, "source": source}


def job(root: Path, known: Catalogue, targets: dict[str, Path], *, chunk_frames: int = 64, **spec: Any) -> Run:
    return run(manifest(targets, root / "out", **spec), root / "store", chunk_frames=chunk_frames, catalogue=known)


def killed_after_a_chunk(root: Path, known: Path, targets: dict[str, Path], spec: dict[str, Any]) -> set[str]:
    """Runs the job in a process of its own, which is killed when it has committed a chunk: the worker that did."""
    root.mkdir()
    document = root / "job.json"
    document.write_text(json.dumps(manifest(targets, root / "out", **spec)))
    with job_process.start(document, root / "store", known, 1, 7, "holds-after=1") as process:
        while process.poll() is None and not (done := list((root / "store").glob("local/jobs/*/done/**/*.json"))):
            time.sleep(0.02)
        process.kill()
    assert process.returncode == -signal.SIGKILL, "it ended by itself"
    return {ChunkManifest.from_bytes(path.read_bytes(), path.name).worker for path in done}


def test_each_person_gets_the_source_of_the_map_as_if_alone_and_a_stranger_stays(tmp_path, catalogue, faces):
    """The map's output holds, sample by sample, what two jobs with one reference each make of the same clip."""
    target = {"clip": clip(FRAMES)}
    both = job(tmp_path / "map", catalogue, target, **mapped(faces), models=RECOGNISER)
    assert both.complete
    output = both.outputs()["clip"]
    assert output.path == tmp_path / "map" / "out" / "clip.mp4"
    assert [(count.end - count.start, count.faces) for count in output.chunks[0].faces] == [(FRAMES, 2)]

    alone = {}
    for who, source, image in (("woman", "astronaut", astronaut()), ("man", "guest", faces["guest"])):
        one = {"select": "reference", "reference": {"uri": faces[who].as_uri()}, "minSimilarity": "0.5"}
        result = job(tmp_path / who, catalogue, target, sources=[_source(source, image)], faces=one, models=RECOGNISER)
        assert result.outputs()["clip"].path == tmp_path / who / "out" / source / "clip.mp4"
        alone[who] = result.outputs()["clip"].path
    assert_each_as_if_alone(output.path, alone["woman"], alone["man"], FRAMES)


@pytest.mark.parametrize(("swapper", "killed"), [("marker", False), ("standin-inswapper", True)])
def test_chunks_and_crashes_leave_no_trace_with_everything_on(
    tmp_path, catalogue, faces, catalogue_file, swapper, killed
):
    target, spec = {"clip": clip(FRAMES)}, {**mapped(faces), "blend": BLEND}
    spec["models"] = {**ALL_MODELS, "swapper": swapper}
    kept = killed_after_a_chunk(tmp_path / "chunked", catalogue_file, target, spec) if killed else set()
    chunked = job(tmp_path / "chunked", catalogue, target, chunk_frames=7, **spec)
    assert {chunk.worker for chunk in chunked.outputs()["clip"].chunks} >= kept
    whole = job(tmp_path / "whole", catalogue, target, chunk_frames=10**6, **spec)
    assert chunked.complete
    output, other = chunked.outputs()["clip"], whole.outputs()["clip"]
    assert (len(output.chunks), len(other.chunks)) == (4, 1)
    assert all(chunk.stages.recognise > 0 and chunk.stages.restore > 0 for chunk in output.chunks)
    assert (output.report.faces, output.report.frames_with_faces) == (2 * FRAMES, FRAMES)
    samples = Probed.of(output.path).samples()
    assert samples == Probed.of(other.path).samples()
    assert not set(samples) & set(Probed.of(clip(FRAMES)).samples())


def test_identity_is_exact_with_everything_on(tmp_path, catalogue, faces):
    still = tmp_path / "still.png"
    Image.fromarray(seen(3, FRAMES)).save(still)
    spec = {**mapped(faces), "blend": BLEND, "models": {**ALL_MODELS, "swapper": "identity"}}
    result = job(tmp_path, catalogue, {"clip": clip(FRAMES), "still": still}, **spec)
    assert result.complete
    outputs = result.outputs()
    assert {name: output.report.published for name, output in outputs.items()} == {"clip": "merged", "still": "merged"}
    assert outputs["clip"].report.faces == 2 * FRAMES
    assert Probed.of(outputs["clip"].path).samples() == Probed.of(clip(FRAMES)).samples()
    assert np.array_equal(np.asarray(Image.open(outputs["still"].path)), seen(3, FRAMES))


def test_images_of_a_folder_are_mapped_alike_and_lie_under_no_source(tmp_path, catalogue, faces):
    folder = tmp_path / "in" / "day-1"
    folder.mkdir(parents=True)
    Image.fromarray(seen(0, FRAMES)).save(folder / "a.png")
    Image.fromarray(seen(FRAMES - 1, FRAMES)).save(folder / "b.png")
    document = manifest({}, tmp_path / "out", **mapped(faces), models={**RECOGNISER, "swapper": "marker"})
    document["spec"]["targets"] = [{"name": "stills", "uri": f"{(tmp_path / 'in').as_uri()}/"}]
    assert run(document, tmp_path / "store", catalogue=catalogue).complete
    out = tmp_path / "out"
    published = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    beside = {f"_hybridface/local.test/stills/day-1/{name}" for name in ("a.png", "b.png")}
    assert {name for name in published if name.endswith(".png") and "sheet" not in name} == {
        "stills/day-1/a.png",
        "stills/day-1/b.png",
    }
    assert {f"{name}.report.json" for name in beside} | {"_hybridface/local.test/index.json"} <= published
    for name, number in (("a", 0), ("b", FRAMES - 1)):
        old, new = seen(number, FRAMES), np.asarray(Image.open(out / "stills" / "day-1" / f"{name}.png"))
        assert (around(old, WOMAN, number, FRAMES) != around(new, WOMAN, number, FRAMES)).any()
        assert (around(old, MAN, number, FRAMES) != around(new, MAN, number, FRAMES)).any()
        assert np.array_equal(around(old, OTHER, number, FRAMES), around(new, OTHER, number, FRAMES))


def test_where_nobody_is_found_the_target_is_published_as_it_is(tmp_path, catalogue, faces):
    one = {"select": "reference", "reference": {"uri": astronaut().as_uri()}, "minSimilarity": "0.9"}
    result = job(tmp_path, catalogue, {"clip": clip(FRAMES)}, faces=one, models={**RECOGNISER, "swapper": "marker"})
    output = result.outputs()["clip"]
    assert output.report.published == "sourceBytes"
    assert Reason.NO_FACE_SELECTED in [note.reason for note in output.report.notes]
    assert output.path.read_bytes() == clip(FRAMES).read_bytes()


def test_a_reference_without_a_face_ends_the_job_before_anything_is_swapped(tmp_path, catalogue):
    nobody = tmp_path / "wall.png"
    Image.new("RGB", (200, 200), (90, 120, 80)).save(nobody)
    one = {"select": "reference", "reference": {"uri": nobody.as_uri()}}
    with pytest.raises((JobRefused, JobStopped), match=r"reference .*wall\.png: no face was found"):
        job(tmp_path, catalogue, {"clip": clip(FRAMES)}, faces=one, models=RECOGNISER)
    attempts = [path.name for path in (tmp_path / "store").rglob("attempts/*.json")]
    assert attempts == [Path(layout.attempt(1)).name]
