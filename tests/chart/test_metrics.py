"""Alerts and panels ask for metrics that there are, and a scrape finds the operators."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest

from hybridface_operator.policy.policy import Policy, PolicyLimits
from hybridface_operator.policy.types import moment
from hybridface_operator.rounds.metrics import Metrics
from hybridface_operator.routing.breakers import trip
from hybridface_operator.spec.types import seconds
from support.chart import CHART, named

REFERENCE = CHART.parents[1] / "docs/reference/metrics.md"
RUNBOOK = CHART.parents[1] / "docs/guides/operate.md"
SUFFIXES = ("_bucket", "_sum", "_count")
SCRAPED = {"namespace", "service", "pod", "container", "endpoint", "job", "instance"}
"""Labels that a ServiceMonitor gives every series. One of ours that is called so comes out as `exported_<label>`."""


def known():
    rows = re.findall(r"^\| `(hybridface_\w+)` \| (\w+) \|(.*?)\|", REFERENCE.read_text(), re.MULTILINE)
    return {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}


def metric(name):
    base = next((name.removesuffix(suffix) for suffix in SUFFIXES if name.endswith(suffix)), name)
    return name if name in known() else base


def alerts(rendered):
    (group,) = named(rendered("full"), "PrometheusRule", "hybridface-operator")["spec"]["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


def panels(rendered):
    dashboard = json.loads(named(rendered("full"), "ConfigMap", "hybridface-dashboard")["data"]["hybridface.json"])
    return {panel["title"]: panel for panel in dashboard["panels"]}


@pytest.fixture
def expressions(rendered):
    found = {name: [rule["expr"]] for name, rule in alerts(rendered).items()}
    return found | {name: [t["expr"] for t in panel["targets"]] for name, panel in panels(rendered).items()}


def test_every_metric_that_is_asked_for_is_there(expressions):
    asked = {name: re.findall(r"hybridface_\w+", " ".join(each)) for name, each in expressions.items()}
    assert [name for name, metrics in asked.items() if not metrics] == []
    assert {one for metrics in asked.values() for one in metrics if metric(one) not in known()} == set()


def test_every_label_that_is_asked_for_is_of_that_metric(expressions):
    for name, each in expressions.items():
        for expression in each:
            labels = {label for part in re.findall(r"by \(([^)]*)\)", expression) for label in part.split(", ")}
            labels |= set(re.findall(r"[{,](\w+)=", expression))
            for asked in re.findall(r"hybridface_\w+", expression):
                assert labels - {"le"} <= known()[metric(asked)][1] | SCRAPED, (name, expression)


def test_no_label_is_called_as_one_that_a_scrape_gives():
    assert {name: labels & SCRAPED for name, (_, labels) in known().items() if labels & SCRAPED} == {}


def test_what_alerts_and_legends_name_is_what_their_expression_leaves(rendered):
    shown = [(rule["expr"], str(rule["annotations"])) for rule in alerts(rendered).values()]
    shown += [(t["expr"], t["legendFormat"]) for panel in panels(rendered).values() for t in panel["targets"]]
    for expression, words in shown:
        left = {label for part in re.findall(r"by \(([^)]*)\)", expression) for label in part.split(", ")}
        if not left and "(" not in expression:  # nothing is summed up: all labels stay
            left = known()[metric(re.findall(r"hybridface_\w+", expression)[0])][1]
        named = re.findall(r"{{ \$labels\.(\w+) }}|{{(\w+)}}", words)
        assert {one or other for one, other in named} <= left, (expression, words)


def test_only_counters_and_histograms_are_rated(expressions):
    for name, each in expressions.items():
        for asked in re.findall(r"(?:rate|increase)\((hybridface_\w+)", " ".join(each)):
            assert known()[metric(asked)][0] in {"counter", "histogram"}, name


def test_every_alert_is_in_the_runbook(rendered):
    listed = re.findall(r"`(HybridFace\w+)`", RUNBOOK.read_text())
    assert sorted(listed) == sorted(alerts(rendered))


def test_every_metric_is_on_the_dashboard_or_raises_an_alert(expressions):
    asked = {metric(one) for each in expressions.values() for one in re.findall(r"hybridface_\w+", " ".join(each))}
    assert known().keys() - asked == {
        "hybridface_policy_info",
        "hybridface_notifications_total",
        "hybridface_sweeps_total",
    }


def test_parentheses_and_quotes_are_closed(expressions):
    for each in expressions.values():
        for expression in each:
            assert expression.count("(") == expression.count(")")
            assert expression.count('"') % 2 == 0


def test_an_alert_says_what_is_wrong_and_how_urgent_it_is(rendered):
    for name, rule in alerts(rendered).items():
        assert name.startswith("HybridFace")
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}
        assert rule["annotations"].keys() == {"summary", "description"}
        assert not rule["annotations"]["summary"].endswith(".")
        assert rule["annotations"]["description"].endswith(".")


def test_an_old_quote_is_as_old_as_values_say(rendered):
    assert alerts(rendered)["HybridFacePriceStale"]["expr"] == "hybridface_price_age_seconds > 600"


def test_a_price_that_never_came_is_told_by_the_operator_that_knows_most(rendered):
    """One that waits for the Lease may know of no price: what any knows counts."""
    assert alerts(rendered)["HybridFacePriceMissing"]["expr"] == "max by (pool) (hybridface_price_quoted) == 0"


def test_the_outcomes_that_are_asked_for_exist(rendered):
    expressions = " ".join(rule["expr"] for rule in alerts(rendered).values())
    asked = re.findall(r"hybridface_\w+{outcome=\"\w+\"}", expressions)
    assert asked
    assert [one for one in asked if one.encode() not in Metrics().exposition()] == []


def test_that_nobody_leads_is_told_also_where_operators_answer(rendered):
    expression = alerts(rendered)["HybridFaceNotLed"]["expr"]
    assert expression == 'absent(hybridface_leading{service="hybridface-operator"} == 1)'


def test_a_pool_without_nodes_is_told_of_in_the_cool_down_that_follows_the_first(rendered):
    """Alone, a job tries the pool once in each: attempts that ended would be too few to be told by."""
    rule = alerts(rendered)["HybridFacePoolFindsNoNodes"]
    limits, now = PolicyLimits(), datetime(2026, 5, 1, tzinfo=UTC)
    policy = Policy.model_validate({"default": {"place": ["private"]}})
    first = trip(None, now, policy)
    second = trip(first, moment(first.until), policy)
    longest = moment(second.until) - moment(first.until)
    assert seconds(limits.breaker_cooldown) < seconds(rule["for"]) < longest.total_seconds()


def test_a_scrape_finds_the_operators(rendered):
    bodies = rendered("full")
    service = named(bodies, "Service", "hybridface-operator")
    monitor = named(bodies, "ServiceMonitor", "hybridface-operator")
    deployment = named(bodies, "Deployment", "hybridface-operator")["spec"]
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert service["spec"]["selector"] == deployment["selector"]["matchLabels"]
    (endpoint,) = monitor["spec"]["endpoints"]
    assert (endpoint["port"], endpoint["path"], endpoint["interval"]) == ("http", "/metrics", "15s")
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
    assert monitor["metadata"]["labels"]["release"] == "prometheus"


def test_a_dashboard_finds_its_source_and_its_panels_do_not_overlap(rendered):
    taken: set[tuple[int, int]] = set()
    for title, panel in panels(rendered).items():
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, title
        assert panel["description"], title
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert taken.isdisjoint(cells), title
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_without_the_prometheus_operator_nothing_of_it_is_asked_for(rendered):
    assert {"ServiceMonitor", "PrometheusRule"}.isdisjoint(body["kind"] for body in rendered("minimal"))
