"""Names of outputs, and which of them are in each other's way."""

from __future__ import annotations

import pytest

from hybridface_operator.planning.outputs import collisions, differ_only_in_case, output_path
from hybridface_worker.contract.plan import PlannedOutput
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Container, ImageFormat
from support.plans import item


def outputs(*paths: str) -> list[PlannedOutput]:
    return [PlannedOutput(target="t", item=number, unit="images", path=path) for number, path in enumerate(paths)]


def refused(*paths: str) -> list[str]:
    return [paths[clash.item] for clash in collisions(outputs(*paths))]


def test_a_single_target_is_named_by_the_target():
    assert output_path(item("clip"), Container.MP4) == "clip.mp4"
    assert output_path(item("clip"), ImageFormat.JPEG) == "clip.jpg"


@pytest.mark.parametrize(
    ("path", "kind", "named"),
    [
        ("a/b.mp4", Container.MP4, "stills/a/b.mp4"),
        ("a.JPEG", ImageFormat.JPEG, "stills/a.JPEG"),
        ("a.jpeg", ImageFormat.PNG, "stills/a.png"),
        ("photo.png", ImageFormat.JPEG, "stills/photo.jpg"),
        ("IMG.0001", ImageFormat.JPEG, "stills/IMG.0001.jpg"),
        ("a.b/take", Container.MKV, "stills/a.b/take.mkv"),
        ("clip.avi", Container.MP4, "stills/clip.avi.mp4"),
    ],
)
def test_items_of_a_prefix_keep_their_paths_and_say_what_they_hold(path, kind, named):
    assert output_path(item("stills", path=path), kind) == named


def test_two_outputs_of_one_name_are_both_refused():
    assert refused("t/a.png", "t/a.png", "t/b.png") == ["t/a.png", "t/a.png"]


def test_an_output_named_as_the_folder_of_another_is_refused_with_it():
    assert refused("t/a.png", "t/a.png/b.png", "t/c.png") == ["t/a.png", "t/a.png/b.png"]


def test_the_refusal_names_the_rivals():
    finding = collisions(outputs("t/a.png", "t/a.png"))[0].finding
    assert finding.reason is Reason.OUTPUTS_COLLIDE
    assert "item 1 of target 't'" in finding.message
    assert "item 0" not in finding.message


def test_names_that_differ_in_case_alone_are_noted_and_not_refused():
    named = outputs("t/A.png", "t/a.png", "t/b.png")
    assert collisions(named) == []
    assert differ_only_in_case(named) == [("t/A.png", "t/a.png")]
