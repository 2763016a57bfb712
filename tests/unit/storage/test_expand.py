"""What a specification names becomes the objects there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from hybridface_operator.errors import JobRefused
from hybridface_operator.spec.job import FaceSwapJobSpec
from hybridface_operator.storage import expand as module
from hybridface_operator.storage.expand import expand
from hybridface_worker.contract.inputs import Inputs
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.store.settings import StoreSettings
from hybridface_worker.store.stores import Stores


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in ("face.png", "clip.mp4", "in/b.jpg", "in/a/é 1%.png", "in/.hidden/x.jpg", "in/a/.cache", "in/a-b.jpg"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(path.encode())
    return tmp_path


def spec(folder: Path, *targets: str, output: str = "out/", **more: object) -> FaceSwapJobSpec:
    return FaceSwapJobSpec.model_validate(
        {
            "sources": [{"name": "actor", "images": [{"uri": f"file://{folder}/face.png"}]}],
            "targets": [{"name": f"t{n}", "uri": f"file://{folder}/{path}"} for n, path in enumerate(targets)],
            "output": {"uri": f"file://{folder}/{output}"},
            "consent": {"reference": "test"},
            **more,
        }
    )


def expanded(wanted: FaceSwapJobSpec) -> Inputs:
    return expand(wanted, Stores(StoreSettings()))


def paths(inputs: Inputs) -> list[str]:
    return [item.relative_path for item in inputs.targets]


def test_a_single_object_is_one_item(folder):
    (item,) = expanded(spec(folder, "clip.mp4")).targets
    assert (item.target, item.item, item.relative_path, item.of_prefix, item.size) == ("t0", 0, "clip.mp4", False, 8)


def test_a_prefix_is_every_file_below_it_in_key_order_hidden_ones_left_out(folder):
    inputs = expanded(spec(folder, "in/"))
    assert paths(inputs) == ["a-b.jpg", "a/é 1%.png", "b.jpg"]
    assert [item.item for item in inputs.targets] == [0, 1, 2]
    assert all(item.of_prefix for item in inputs.targets)


def test_the_uri_of_every_item_leads_back_to_it(folder):
    stores = Stores(StoreSettings())
    for item in expanded(spec(folder, "in/")).targets:
        store, key = stores.resolve(item.uri)
        assert store.head(key).etag == item.etag


@pytest.mark.parametrize("output", ["in/out/", "in/"])
def test_what_the_job_publishes_is_never_its_input(folder, output):
    for path in ("actor/t0/b.jpg", "_hybridface/local.x/index.json"):
        (folder / output / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / output / path).write_bytes(b"x")
    assert paths(expanded(spec(folder, "in/", output=output))) == ["a-b.jpg", "a/é 1%.png", "b.jpg"]


def references(folder: Path, *paths: str) -> dict[str, object]:
    return {"map": [{"reference": {"uri": f"file://{folder}/{path}"}, "source": "actor"} for path in paths]}


def test_references_stand_behind_the_sources_under_names_of_their_own(folder):
    inputs = expanded(spec(folder, "clip.mp4", faces=references(folder, "in/b.jpg", "face.png")))
    assert [(image.source, image.uri.rpartition("/")[2]) for image in inputs.sources] == [
        ("actor", "face.png"),
        ("_reference-00", "b.jpg"),
        ("_reference-01", "face.png"),
    ]


def test_a_reference_that_is_missing_is_named(folder):
    one = {"select": "reference", "reference": {"uri": f"file://{folder}/who.png"}}
    error = refusal(spec(folder, "clip.mp4", faces=one))
    assert error.reason is Reason.INPUT_NOT_FOUND
    assert str(error).startswith("the reference: file://")


def test_what_a_map_publishes_is_never_its_input(folder):
    for path in ("t0/b.jpg", "t1.mp4", "_hybridface/local.x/index.json"):
        (folder / "in" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "in" / path).write_bytes(b"x")
    wanted = spec(folder, "in/", "clip.mp4", output="in/", faces=references(folder, "face.png"))
    assert paths(expanded(wanted)) == ["a-b.jpg", "a/é 1%.png", "b.jpg", "clip.mp4"]


def test_targets_that_lie_below_the_output_are_read(folder):
    assert len(paths(expanded(spec(folder, "in/a/", output="in/")))) == 1


def refusal(wanted: FaceSwapJobSpec) -> JobRefused:
    with pytest.raises(JobRefused) as caught:
        expanded(wanted)
    return caught.value


def test_everything_that_is_missing_is_named(folder):
    error = refusal(spec(folder, "gone.mp4", "none/", "clip.mp4", "in"))
    assert error.reason is Reason.INPUT_NOT_FOUND
    assert "target 't0'" in str(error)
    assert "gone.mp4 is not there" in str(error)
    assert "there is nothing under" in str(error)
    assert "in is a folder: end it with / to take what is in it" in str(error)
    assert "t2" not in str(error)


def test_too_many_objects_are_refused(folder, monkeypatch):
    monkeypatch.setattr(module, "MAX_INPUTS", 3)
    assert refusal(spec(folder, "in/")).reason is Reason.TOO_MANY_INPUTS


def test_a_name_that_no_uri_can_hold_is_refused_by_name(folder):
    (folder / "in" / "new\nline.jpg").write_bytes(b"x")
    assert "line.jpg" in str(refusal(spec(folder, "in/")))
