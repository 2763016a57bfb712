"""Models of a catalogue through whole jobs, on stand-ins: what is painted, told and kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from hybridface_worker.contract import layout
from hybridface_worker.contract.probe import ProbeResult
from hybridface_worker.contract.spec import Blend, Limits
from hybridface_worker.faces.recogniser import load_recogniser
from hybridface_worker.faces.select import Selected
from hybridface_worker.faces.types import Face
from hybridface_worker.inference.session import SessionOptions
from hybridface_worker.phases.pictures import LoadedImage
from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View
from hybridface_worker.pipeline.painter import Painter
from hybridface_worker.swappers.protocol import Source
from hybridface_worker.swappers.source import source_of
from support import all_stages, standins
from support import insightface_classes as insightface
from support.clips import clip
from support.faces import portrait as portrait_pixels
from support.runs import SOURCE, Run, group_still, manifest, portrait, run

MODELS = {"detector": "standin-scrfd", "recogniser": "standin-arcface", "swapper": "standin-inswapper"}
PLAIN = {"mask": ["box"], "colourMatch": False}


def left(path: Path) -> Path:
    """Another picture of the source, mirrored and smaller."""
    with Image.open(portrait()) as image:
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).resize((400, 400)).save(path)
    return path


class InsightFace:
    """A swapper that is insightface's INSwapper, given crops in place of frames."""

    size, needs_embedding = 128, True

    def __init__(self, file: Path) -> None:
        self._swapper = insightface.in_swapper(file)

    def swap(self, crops: Any, sources: Sequence[Source]) -> Any:
        return np.stack([self._one(crop, source) for crop, source in zip(crops, sources, strict=True)])

    def _one(self, crop: Any, source: Source) -> Any:
        from hybridface_worker.faces.align import template

        assert source.embedding is not None
        return insightface.swapped(self._swapper, crop, template(128).astype(np.float32), source.embedding)


def source_embedding(file: Path, done: Run, pictures: Sequence[Any]) -> Any:
    """The mean of unit vectors, by insightface's own classes, at the points that Probe found."""
    probed = ProbeResult.from_bytes((done.folder / layout.probe_result(0)).read_bytes(), "probe").sources
    model, units = insightface.arcface(file), []
    for each, rgb in zip(probed, pictures, strict=True):
        points = np.array(each.face.points, np.float32)
        feature = model.get_feat(np.ascontiguousarray(insightface.aligned(rgb, points, 112)[..., ::-1]))[0]
        units.append(feature / np.linalg.norm(feature))
    return np.mean(units, axis=0, dtype=np.float32)


@pytest.fixture(scope="module")
def still(tmp_path_factory, catalogue) -> tuple[Run, Path, Path]:
    """A still of several people, with a source of two images: the run, the target, the source's second image."""
    root = tmp_path_factory.mktemp("still")
    second, target = left(root / "left.png"), group_still(root / "group.png")
    images = [{"uri": portrait().as_uri()}, {"uri": second.as_uri()}]
    document = manifest(
        {"still": target},
        root / "out",
        models=MODELS,
        blend=PLAIN,
        sources=[{"name": SOURCE, "images": images}],
    )
    return run(document, root / "store", catalogue=catalogue), target, second


def test_a_still_is_painted_as_insightfaces_classes_would_paint_it(still, catalogue_file):
    """Detector, recogniser, mean of two images and swapper are insightface's on the same files; pasting is ours."""
    done, target, second = still
    folder = catalogue_file.parent
    with Image.open(second) as image:
        pictures = [portrait_pixels(), np.asarray(image.convert("RGB"))]
    embedding = source_embedding(folder / "standin-arcface.onnx", done, pictures)
    with Image.open(target) as image:
        expected = np.array(image.convert("RGB"))
    picture, view = Picture.of_image(expected), View(expected.shape[1], expected.shape[0])
    thumbnail, scale = view.thumbnail_of(picture)
    padded = np.pad(thumbnail, ((0, -thumbnail.shape[0] % 32), (0, -thumbnail.shape[1] % 32), (0, 0)))
    boxes, points = insightface.detected(insightface.scrfd(folder / "standin-scrfd.onnx", 0.5), padded)
    faces = [Face(box[:4], marks, float(box[4])).scaled(1 / scale) for box, marks in zip(boxes, points, strict=True)]
    crop = np.zeros((128, 128, 3), np.uint8)
    swapper = InsightFace(folder / "standin-inswapper.onnx")
    painter = Painter(swapper, {SOURCE: Source(crop, embedding)}, Blend(colour_match=False))
    placed = painter.place(picture, view, [Selected(face) for face in faces])
    painter.paint(picture, painter.finished(placed, painter.swap(SOURCE, placed, painter.stack(placed))))
    with Image.open(done.outputs()["still"].path) as image:
        found = np.array(image.convert("RGB"))
    with Image.open(target) as image:
        before = np.array(image.convert("RGB"))
    assert len(faces) > 1
    assert (found != before).any(axis=2).mean() > 0.01
    assert np.abs(found.astype(int) - expected).max() <= 1


def test_every_model_is_in_the_report_with_its_licence(still):
    done, _, _ = still
    assert done.outputs()["still"].report.models == dict.fromkeys(MODELS.values(), standins.LICENCE)


def holds(data: bytes, embedding: Any) -> bool:
    """Whether a part of the embedding is there, as it lies in memory or as a number in words."""
    return embedding[:4].tobytes() in data or any(f"{value:.5f}".encode() in data for value in embedding[:8])


def test_no_embedding_is_on_the_disk(still, catalogue):
    """Neither the source's, nor one image's, in any file of the store or beside the output."""
    done, _, second = still
    model = done.plan.models.recogniser
    assert model is not None
    recogniser = load_recogniser(model, Path(str(model.uri).removeprefix("file://")), SessionOptions())
    probed = ProbeResult.from_bytes((done.folder / layout.probe_result(0)).read_bytes(), "probe").sources
    units = []
    for each, path in zip(probed, (portrait(), second), strict=True):
        loaded = LoadedImage.of(path.read_bytes(), Limits())
        assert each.face is not None
        units.append(recogniser.embed(source_of(loaded.picture, loaded.view, each.face, 112).crop[None])[0])
    embeddings = [*units, np.mean(units, axis=0, dtype=np.float32)]
    assert all(holds(json.dumps({"e": each.tolist()}).encode(), each) and holds(each.tobytes(), each) for each in units)
    files = [file for file in done.folder.parents[3].rglob("*") if file.is_file() and "models" not in file.parts]
    assert len(files) > 10
    assert not [file for file in files for each in embeddings if holds(file.read_bytes(), each)]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_video_with_every_stage_on(tmp_path, catalogue, capsys, workers):
    models = all_stages.MODELS
    document = manifest({"clip": clip("cfr", 40)}, tmp_path / "out", models=models, blend=all_stages.BLEND)
    done = run(document, tmp_path / "store", catalogue=catalogue, chunk_frames=16, workers=workers)
    output = done.outputs()["clip"]
    assert done.complete
    assert output.report.published == "merged"
    assert output.report.models == dict.fromkeys(models.values(), standins.LICENCE)
    assert all(any(count.faces for count in chunk.faces) for chunk in output.chunks)
    assert all(chunk.stages.restore > 0 for chunk in output.chunks)
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (licences,) = (event["message"] for event in events if event["event"] == "models.licences")
    assert all(f"{name} (stand-in)" in licences for name in models.values())
    used = [(event["worker"], event["model"]) for event in events if event["event"] == "model.used"]
    assert {model for _, model in used} == set(models.values())
    assert len(used) == len(set(used))


def test_frames_do_not_depend_on_how_they_were_chunked(tmp_path, catalogue):
    models = MODELS | {"restorer": "standin-codeformer"}
    written = []
    for chunk_frames in (7, 24):
        root = tmp_path / str(chunk_frames)
        document = manifest({"clip": clip("cfr", 24)}, root / "out", models=models)
        done = run(document, root / "store", catalogue=catalogue, chunk_frames=chunk_frames)
        written.append(frames(done.outputs()["clip"].path))
    assert np.array_equal(*written)
    assert not np.array_equal(written[0], frames(clip("cfr", 24)))


def frames(path: Path) -> Any:
    import av

    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray() for frame in container.decode(video=0)])
