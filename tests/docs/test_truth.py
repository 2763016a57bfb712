from __future__ import annotations

import re

import pytest

from hybridface_worker.contract.exit_codes import COUNTED, ExitCode
from hybridface_worker.contract.reasons import Reason
from support.pages import PAGES, ROOT, links, name_of


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_inside_the_repository_lead_somewhere(page):
    assert [target for target in links(page) if not (page.parent / target).exists()] == []


def test_settings_lists_every_variable_that_the_code_reads():
    variable = re.compile(r"HYBRIDFACE_[A-Z0-9_]+[A-Z0-9]")
    code = (file.read_text() for name in ("operator", "worker") for file in (ROOT / name).rglob("*.py"))
    read = {found for text in code for found in variable.findall(text)}
    listed = set(variable.findall((ROOT / "docs/reference/settings.md").read_text()))
    assert read - listed == set()


def test_every_exit_code_of_the_worker_is_listed_with_whether_it_counts():
    rows = re.findall(r"^\| (\d+) \|.*\| (\w*).*\|$", (ROOT / "docs/reference/exit-codes.md").read_text(), re.MULTILINE)
    listed = {int(status): counts for status, counts in rows[-len(ExitCode) :]}
    assert set(listed) == set(ExitCode)
    assert {status for status, counts in listed.items() if counts == "yes"} == COUNTED


def test_reasons_on_the_page_about_bad_input_exist():
    page = (ROOT / "docs/guides/bad-input.md").read_text()
    rows = [line.split("|")[2] for line in page.splitlines() if line.startswith("| ")]
    named = {code for row in rows for code in re.findall(r"`(\w+)`", row)}
    assert named
    assert named <= {reason.value for reason in Reason}
