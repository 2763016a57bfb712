"""Catalogues and files of models that something is wrong with, through the command; and faces by models of one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from hybridface_operator.catalogue import load_catalogue
from hybridface_operator.cli import main
from support import standins
from support.runs import group_still, manifest

MODELS = {"detector": "standin-scrfd", "recogniser": "standin-arcface", "swapper": "standin-inswapper"}


class Refused:
    """The command on a still, with a catalogue that something is wrong with."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.catalogue = standins.write_catalogue(root, MODELS.values())
        self.swapper = root / "standin-inswapper.onnx"
        group_still(root / "group.png")

    def run(self, monkeypatch, capsys, **models: str) -> tuple[int, list[str]]:
        document = manifest({"still": self.root / "group.png"}, self.root / "out", models=MODELS | models)
        (self.root / "job.json").write_text(json.dumps(document))
        arguments = ["run", str(self.root / "job.json"), "--store", str(self.root / "store")]
        monkeypatch.setattr("sys.argv", ["hybridface", *arguments, "--models", str(self.catalogue)])
        status = main()
        return status, capsys.readouterr().err.splitlines()

    def name_anew(self, file: Path) -> None:
        """The digest in the catalogue is that of the file again."""
        models = load_catalogue(self.catalogue).models
        known = models[file.stem].sha256
        self.catalogue.write_text(self.catalogue.read_text().replace(known, standins.digest(file)))


@pytest.fixture
def refused(tmp_path):
    return Refused(tmp_path)


def test_a_file_with_another_digest_is_never_loaded(refused, monkeypatch, capsys):
    refused.swapper.write_bytes(refused.swapper.read_bytes() + b"\0")
    status, (line,) = refused.run(monkeypatch, capsys)
    assert status == 2
    assert "swapper standin-inswapper: file://" in line
    assert f"has SHA-256 {standins.digest(refused.swapper)}, the plan expects " in line
    assert not (refused.root / "out").exists()


def test_a_file_that_is_not_there_is_named(refused, monkeypatch, capsys):
    refused.swapper.unlink()
    status, (line,) = refused.run(monkeypatch, capsys)
    assert status == 2
    assert "standin-inswapper.onnx is not there; correct the model catalogue" in line


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not a model" * 100, "its file is no inswapper model: expected an ONNX model; ONNX Runtime says: "),
        (None, "its file is no inswapper model: inputs: expected target float32 or float16 [any, 3, 128, 128], source"),
    ],
    ids=["no model", "a model of another kind"],
)
def test_a_file_that_is_something_else_is_told_so(refused, monkeypatch, capsys, content, said):
    recogniser = refused.root / "standin-arcface.onnx"
    refused.swapper.write_bytes(recogniser.read_bytes() if content is None else content)
    refused.name_anew(refused.swapper)
    status, lines = refused.run(monkeypatch, capsys)
    assert status == 1
    assert any(said in line for line in lines)
    assert not list(refused.root.glob("out/**/*.png"))


def test_a_swapper_without_a_recogniser_is_refused_with_the_choice(refused, monkeypatch, capsys):
    status, (line,) = refused.run(monkeypatch, capsys, recogniser="none")
    assert status == 2
    assert "so a recogniser must be named; known recognisers: standin-arcface" in line


def test_faces_are_shown_by_models_of_a_catalogue(refused, monkeypatch, capsys):
    monkeypatch.chdir(refused.root)
    common = ["hybridface", "faces", "group.png", "-o", "json", "--models", "models.yaml"]
    chosen = ["--detector", "standin-scrfd", "--recogniser", "standin-arcface"]
    monkeypatch.setattr("sys.argv", [*common, *chosen])
    assert main() == 0
    found = json.loads(capsys.readouterr().out)
    monkeypatch.setattr("sys.argv", common)
    assert main() == 0
    known = json.loads(capsys.readouterr().out)
    assert len(found) == len(known) > 1
    assert all(face["embeddingNorm"] > 0 for face in found)
    assert all(face.keys() == {"box", "points", "score"} for face in known)
    assert np.allclose([face["box"] for face in found], [face["box"] for face in known], atol=0.1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--recogniser", "arcfase"), '--recogniser: there is no model "arcfase"'),
        (("--detector", "standin-arcface"), '--detector: "standin-arcface" is a recogniser, not a detector'),
        (("--models", "nowhere.yaml"), "nowhere.yaml"),
    ],
)
def test_models_that_are_none_are_told(refused, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(refused.root)
    monkeypatch.setattr("sys.argv", ["hybridface", "faces", "group.png", "--models", "models.yaml", *arguments])
    assert main() == 2
    assert said in capsys.readouterr().err
