"""Tiers of tests, as a pytest plugin: what each needs of the machine, and what it may cost.

A test belongs to the tier of its folder. A tier whose needs are not met is skipped with the reason, and fails instead
where `CI=true`. Budgets are reported at the end, never asserted.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import pytest

from build_tools import BuildError, built, every
from cluster_packages import lacks_packages

TESTS = Path(__file__).parent.parent


def _nothing() -> str | None:
    return None


@cache
def lacks_servers(tier: str = "integration") -> str | None:
    """Why the servers are not there and cannot be built here, if that is so."""
    try:
        for tool in every(tier):
            built(*tool)
    except BuildError as error:
        return str(error)
    return None


@cache
def lacks_cluster() -> str | None:
    """Why a cluster cannot be run here, if it cannot. As root on Debian, the packages that it takes are installed."""
    if os.geteuid() != 0:
        return "needs root: nodes are namespaces"
    if not any(Path("/sys/fs/cgroup").glob("*")):
        return "needs control groups; nothing is mounted at /sys/fs/cgroup, as in a chroot"
    return lacks_packages() or lacks_servers("cluster")


@dataclass(frozen=True)
class Tier:
    """Folders of tests with the same needs."""

    name: str
    folders: tuple[str, ...]
    budget_seconds: int
    """Of work on one core, all tests together."""
    lacks: Callable[[], str | None] = _nothing


TIERS = (
    Tier("unit", ("unit", "property"), budget_seconds=240),
    Tier("media", ("media", "docs"), budget_seconds=900),
    Tier("integration", ("integration",), budget_seconds=720, lacks=lacks_servers),
    Tier("chart", ("chart",), budget_seconds=120, lacks=lacks_servers),
    Tier("kueue", ("kueue",), budget_seconds=600, lacks=partial(lacks_servers, "kueue")),
    Tier("cluster", ("cluster",), budget_seconds=1800, lacks=lacks_cluster),
)


def tier_of(folder: str) -> Tier | None:
    """The tier of a folder below tests/."""
    return next((tier for tier in TIERS if folder in tier.folders), None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--deep", action="store_true", help="also run the tests marked deep")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks tests by folder, cheap tiers first, and leaves out what is deep unless it is asked for."""
    order = {folder: place for place, tier in enumerate(TIERS) for folder in tier.folders}
    items.sort(key=lambda item: order.get(_folder(item), len(TIERS)))
    for item in items:
        tier = tier_of(_folder(item))
        if tier and tier.name != "unit":
            item.add_marker(tier.name)
    if not config.getoption("--deep"):
        deep = [item for item in items if item.get_closest_marker("deep")]
        config.hook.pytest_deselected(items=deep)
        items[:] = [item for item in items if not item.get_closest_marker("deep")]


def pytest_runtest_setup(item: pytest.Item) -> None:
    tier = tier_of(_folder(item))
    reason = tier.lacks() if tier else None
    if tier and reason:
        text = f"tier {tier.name}: {reason}"
        if os.environ.get("CI") == "true":
            pytest.fail(text, pytrace=False)
        pytest.skip(text)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each tier that was to run."""
    reports = [r for group in terminalreporter.stats.values() for r in group if isinstance(r, pytest.TestReport)]
    for line in summary(reports):
        terminalreporter.write_line(line)


def summary(reports: Iterable[pytest.TestReport]) -> list[str]:
    """Work done against the budget, tier by tier; or why there was none."""
    seconds: defaultdict[str, float] = defaultdict(float)
    tests: defaultdict[str, set[str]] = defaultdict(set)
    for report in reports:
        tier = tier_of(_folder_of(report.nodeid))
        if tier:
            seconds[tier.name] += report.duration
            tests[tier.name].add(report.nodeid)
    lines = []
    for tier in TIERS:
        if tier.name not in tests:
            continue
        reason = tier.lacks()
        work = f"skipped: {reason}" if reason else f"{seconds[tier.name]:.0f} s of work, budget {tier.budget_seconds} s"
        lines.append(f"tier {tier.name}: {len(tests[tier.name])} tests, {work}")
    return lines


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).parts[0] if item.path.is_relative_to(TESTS) else ""


def _folder_of(nodeid: str) -> str:
    parts = nodeid.split("/")
    return parts[1] if parts[0] == TESTS.name and len(parts) > 1 else ""
