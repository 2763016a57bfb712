"""What the chart has from elsewhere is as it is there, and no value goes without its words."""

from __future__ import annotations

import re

import pytest
import yaml

from support.chart import CHART
from write_chart import files, rows
from write_crd import COPY, PATH

PAGES = [path.read_text() for path in (CHART / "README.md", CHART.parents[1] / "docs/guides/install.md")]


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_a_file_is_as_the_script_writes_it(path):
    assert path.read_text() == files()[path], "run scripts/write_chart.py"


def test_the_definitions_are_those_of_the_project_and_no_others():
    ours = {path.name: path.read_text() for path in PATH.parent.iterdir()}
    assert {path.name: path.read_text() for path in COPY.parent.iterdir()} == ours, "run scripts/write_crd.py"


def test_every_value_has_its_comment():
    assert [row.path for row in rows() if not row.comment] == []
    assert [row.path for row in rows() if not row.comment.endswith(".")] == []


def test_a_comment_of_several_lines_and_a_mapping_are_one_row_each():
    found = {row.path: row for row in rows()}
    assert found["scope"].comment.startswith(
        "`cluster`: the operator watches jobs in all namespaces and reads nodes. `namespaces`: "
    )
    assert found["workers.caches"].default == ""
    assert found["trial.consul.resources"].default.startswith('{"requests": ')
    assert found["workers.probe"].default == '{"cpu": "2", "memory": "4Gi", "ephemeralStorage": "20Gi"}'


@pytest.mark.parametrize(
    "block", [block for page in PAGES for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]
)
def test_the_values_that_a_page_shows_are_enough(helm, block):
    assert helm.render(yaml.safe_load(block))
