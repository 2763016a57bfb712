from __future__ import annotations

import re

import pytest

from hybridface_operator.reconciling.records import EndCause
from hybridface_operator.rounds.timing import Timing
from hybridface_operator.spec.status import ConditionType
from hybridface_worker.contract.exit_codes import COUNTED, ExitCode
from hybridface_worker.contract.reasons import Reason
from support.pages import PAGES, ROOT, links, name_of

ALERTS = re.findall(r"^- alert: (\w+)$", (ROOT / "helm/hybridface/files/metrics/alerts.yaml").read_text(), re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_inside_the_repository_lead_somewhere(page):
    assert [target for target in links(page) if not (page.parent / target).exists()] == []


def test_settings_lists_every_variable_that_the_code_reads():
    variable = re.compile(r"HYBRIDFACE_[A-Z0-9_]*[A-Z0-9](?![A-Z0-9_])")
    code = (file.read_text() for name in ("operator", "worker") for file in (ROOT / name).rglob("*.py"))
    read = {found for text in code for found in variable.findall(text)}
    listed = set(variable.findall((ROOT / "docs/reference/settings.md").read_text()))
    assert read - listed == set()


def test_settings_lists_every_waiting_time_of_the_operator_with_its_default():
    page = (ROOT / "docs/reference/settings.md").read_text()
    listed = dict(re.findall(r"^\| `HYBRIDFACE_(\w+)` \|.*\| ([\d.]+) \|$", page, re.MULTILINE))
    waits = {name.upper(): default for name, default in vars(Timing()).items()}
    assert {name: float(listed.get(name, "nan")) for name in waits} == waits


def test_every_exit_code_of_the_worker_is_listed_with_whether_it_counts():
    rows = re.findall(r"^\| (\d+) \|.*\| (\w*).*\|$", (ROOT / "docs/reference/exit-codes.md").read_text(), re.MULTILINE)
    listed = {int(status): counts for status, counts in rows[-len(ExitCode) :]}
    assert set(listed) == set(ExitCode)
    assert {status for status, counts in listed.items() if counts == "yes"} == COUNTED


@pytest.mark.parametrize(
    ("page", "column"), [("guides/bad-input.md", 2), ("guides/operate.md", 1), ("guides/troubleshooting.md", 1)]
)
def test_reasons_and_causes_that_a_page_explains_exist(page, column):
    rows = [
        line.split("|")[column] for line in (ROOT / "docs" / page).read_text().splitlines() if line.startswith("| ")
    ]
    named = {code for row in rows for code in re.findall(r"`([A-Z]\w+)`", row)} - {*ConditionType, *ALERTS}
    assert named
    assert named <= {*Reason, *EndCause}


def test_every_condition_is_explained():
    page = (ROOT / "docs/guides/operate.md").read_text()
    assert [kind.value for kind in ConditionType if f"`{kind.value}`" not in page] == []


def test_every_end_of_an_attempt_is_explained():
    rows = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/concepts/attempts.md").read_text(), re.MULTILINE)
    assert rows == [cause.value for cause in EndCause]


def test_every_decision_is_listed():
    folder = ROOT / "docs/decisions"
    listed = set(links(folder / "index.md"))
    assert {page.name for page in folder.glob("0*.md")} == listed


def test_every_test_that_the_threat_model_names_is_there():
    page = (ROOT / "docs/concepts/security.md").read_text()
    named = re.findall(r"`(tests/[\w/.]+)`", page)
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_alert_of_the_chart_is_explained():
    page = (ROOT / "docs/guides/operate.md").read_text()
    assert ALERTS
    assert [alert for alert in ALERTS if f"`{alert}`" not in page] == []
