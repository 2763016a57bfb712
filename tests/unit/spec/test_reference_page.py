"""The reference page says what the models say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hybridface_operator.spec.immutable import MUTABLE
from hybridface_operator.spec.load import load_manifests
from hybridface_operator.spec.problems import SpecError
from support.jobs import default_of, fields

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "faceswapjob.md").read_text()
ROWS = {
    row[0]: row[1:]
    for row in re.findall(r"^\| `([a-z][\w.\[\]]*)` \| (.*?) ?\| (yes|no|-) \| (.+) \|$", PAGE, re.MULTILINE)
}
SERVERS = {path for path, _ in fields() if path.startswith("metadata.")} - {
    f"metadata.{field}" for field in ("name", "namespace", "labels", "annotations")
}


def test_every_field_has_its_row_and_no_row_is_of_a_field_that_is_not():
    assert ROWS.keys() == {path for path, _ in fields()} - SERVERS


def test_fields_of_the_api_server_are_named():
    assert {path for path in SERVERS if f"`{path.removeprefix('metadata.')}`" not in PAGE} == set()


@pytest.mark.parametrize(
    ("path", "field"),
    [pair for pair in fields() if pair[0] not in SERVERS],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_row_tells_default_and_whether_it_may_change(path, field):
    default, changes, _ = ROWS[path]
    assert default == default_of(field)
    if path.startswith("spec."):
        top = re.split(r"[.\[]", path)[1]
        assert changes == ("yes" if top in MUTABLE else "no")


def test_the_manifest_and_the_messages_that_the_page_shows_are_real(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = re.findall(r"^```(?:yaml)?\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    manifest, messages = shown[0], shown[-1]
    Path("job.yaml").write_text(manifest)
    assert len(load_manifests("job.yaml")) == 1
    lines = manifest.splitlines()
    lines[6:7] = ["    image: front.jpg"]
    lines.append("  faces: {minScore: 0.5}")
    Path("job.yaml").write_text("\n".join(lines))
    with pytest.raises(SpecError) as caught:
        load_manifests("job.yaml")
    assert str(caught.value).splitlines() == messages.splitlines()
