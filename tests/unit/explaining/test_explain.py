"""`hybridface explain`: what it prints, what it exits with, and what it says of bad input."""

from __future__ import annotations

import json
import sys

import pytest

from hybridface_operator import cli
from hybridface_operator.routing.allocate import allocate
from hybridface_operator.routing.placement import DecisionRecord
from support.routing import facts, inventory, policy, quote, request

MANIFEST = """\
apiVersion: hybridface.dev/v1alpha1
kind: FaceSwapJob
metadata: {name: clips, namespace: studio, labels: {team: a}}
spec:
  sources:
  - {name: one, images: [{uri: s3://faces/1.png}]}
  - {name: two, images: [{uri: s3://faces/2.png}]}
  targets: [{name: clip, uri: s3://inbox/clip.mp4}]
  output: {uri: s3://out/}
  sensitivity: internal
  consent: {reference: c}
"""
POOLS = {
    "privateNodes": {"key": "node-restriction.kubernetes.io/zone", "value": "private"},
    "pools": [
        {
            "name": "private",
            "kind": "private",
            "maxGpus": 2,
            "nodeSelector": {"node-restriction.kubernetes.io/zone": "private"},
        },
        {"name": "spot", "kind": "cloud", "maxGpus": 8, "nodeSelector": {"pool": "spot"}},
    ],
}
POLICY = {"rules": [{"name": "team-a", "when": {"labels": {"team": "a"}}, "place": ["private", "spot"]}]} | {
    "default": {"place": ["private"]}
}
POOL_FACTS = {"spot": {"quote": quote(), "rates": {"centerface+blend": 10}}}
FACTS = {"now": "2026-11-01T12:00:00Z", "pools": POOL_FACTS}


@pytest.fixture
def explain(monkeypatch, capsys, tmp_path):
    """Runs the command over files; what is given instead of one replaces its text."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*options, **texts):
        defaults = {"manifest": MANIFEST, "policy": json.dumps(POLICY), "pools": json.dumps(POOLS)}
        arguments = ["hybridface", "explain"]
        for name, text in (defaults | texts).items():
            if text is not None:
                (tmp_path / name).write_text(text)
                arguments += ([] if name == "manifest" else [f"--{name}"]) + [str(tmp_path / name)]
        monkeypatch.setattr(sys, "argv", [*arguments, *options])
        status = cli.main()
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def replay(explain):
    """Replays a record, or whatever text stands for one."""
    return lambda text, *options: explain(*options, manifest=None, policy=None, pools=None, decision=text)


def record():
    """A decision in the middle of a pass, as it is stored."""
    asked = [request("u1", shards=9), request("u2", shards=40)]
    limits = policy("private", "fast", "spot")
    decided = allocate(asked, inventory(), limits, facts(spot={"quote": quote()}))[1]
    return DecisionRecord(
        decision=3,
        request=decided.request,
        inventory=inventory(),
        policy=limits,
        policy_sha256=limits.digest(),
        policy_revision=0,
        facts=decided.facts,
        placement=decided.placement,
    )


def test_json_has_rule_shards_waiting_and_a_verdict_for_every_pool(explain):
    status, out, err = explain("-o", "json", "--frames", "6400", facts=json.dumps(FACTS))
    said = json.loads(out)
    assert (status, err) == (0, "")
    assert said["rule"] == "team-a"
    assert said["shards"] == [
        {"pool": "private", "shards": 4, "parallelism": 2},
        {"pool": "spot", "shards": 16, "parallelism": 8},
    ]
    assert said["waiting"] == {"shards": 80, "reason": "NoFreeGpus", "message": "more free GPUs of private, spot"}
    assert [verdict["pool"] for verdict in said["verdicts"]] == ["private", "spot"]


def test_without_facts_all_pools_are_free_and_no_price_is_known(explain):
    _, out, _ = explain("-o", "json")
    said = json.loads(out)
    assert said["verdicts"][0]["message"].startswith("2 of 2 GPUs free")
    assert said["verdicts"][1]["reason"] == "PriceUnknown"


def test_a_table_shows_every_pool_and_what_waits(explain):
    status, out, _ = explain("--frames", "6400")
    assert status == 0
    assert 'studio/clips, swap: the rule "team-a"' in out
    rows = [[cell.strip() for cell in line.split("│")[1:5]] for line in out.splitlines() if "│" in line]
    assert rows == [["private", "4", "2", "Fits"], ["spot", "", "", "PriceUnknown"]]
    assert "waiting  96 shards: NoFreeGpus: more free GPUs of private" in out


def test_several_jobs_are_placed_in_one_pass(explain):
    second = MANIFEST.replace("clips", "second").replace("sensitivity: internal", "priority: urgent")
    _, out, _ = explain("--frames", "6400", "-o", "json", manifest=f"{MANIFEST}---\n{second}")
    decoder = json.JSONDecoder()
    urgent, end = decoder.raw_decode(out)
    ordinary, _ = decoder.raw_decode(out[end:].lstrip())
    assert [urgent["job"]["name"], ordinary["job"]["name"]] == ["second", "clips"]
    assert urgent["shards"] == [{"pool": "private", "shards": 4, "parallelism": 2}]
    assert ordinary["shards"] == []
    assert urgent["verdicts"][1]["reason"] == "NotPrivate"


def test_a_deadline_is_counted_from_creation_and_frames_once_for_each_source(explain):
    deadline = MANIFEST.replace("sensitivity:", "completeWithin: 30m\n  sensitivity:").replace(
        "namespace: studio", 'namespace: studio, creationTimestamp: "2026-11-01T11:35:00Z"'
    )
    known = FACTS | {"pools": POOL_FACTS | {"private": {"rates": {"centerface+blend": 200}}}}
    _, out, _ = explain("-o", "json", "--frames", "12500", manifest=deadline, facts=json.dumps(known))
    private, spot = json.loads(out)["verdicts"]
    assert private["fit"]
    assert spot["message"].endswith("25000 frames on 8 GPUs at 10 frames/s each), 5m are left")


@pytest.mark.parametrize("phase", ["probe", "merge"])
def test_other_phases_can_be_asked_for(explain, phase):
    _, out, _ = explain("--phase", phase, "-o", "json")
    assert json.loads(out)["shards"] == [{"pool": "private", "shards": 1, "parallelism": 1}]


def test_a_recorded_decision_replays_to_the_same_placement(replay):
    status, out, err = replay(record().to_bytes().decode())
    assert (status, err) == (0, "")
    assert out.endswith("decision 3: the same placement as recorded\n")


def test_a_recorded_decision_replays_as_json_too(replay):
    status, out, _ = replay(record().to_bytes().decode(), "-o", "json")
    said = json.loads(out)
    assert status == 0
    assert [share["pool"] for share in said["shards"]] == [share.pool for share in record().placement.shares]


def test_a_record_that_comes_out_otherwise_is_told_of_and_fails(replay):
    changed = record()
    changed = changed.model_copy(update={"placement": changed.placement.model_copy(update={"rule": "other"})})
    status, out, err = replay(changed.to_bytes().decode(), "-o", "json")
    assert status == 1
    assert json.loads(out)["rule"] == "default"
    assert "decision 3 comes out otherwise now: rule differ" in err


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 2}', "{" * 9999, "\0"])
def test_what_is_no_record_is_wrong_input(replay, text):
    status, out, err = replay(text)
    assert (status, out) == (2, "")
    assert err.startswith("hybridface: ")
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ({"manifest": None}, "name a manifest, or a record with --decision FILE"),
        ({"policy": None}, "give --policy FILE"),
        ({"policy": None, "pools": None}, "give --policy FILE and --pools FILE"),
        ({"decision": "{}"}, "give it alone"),
        ({"policy": '{"default": {"place": ["privat"]}}'}, 'did you mean "private"?'),
        ({"policy": "not: a policy"}, "default"),
        ({"pools": "pools: []"}, "privateNodes"),
        ({"facts": '{"now": "2026-13-01T00:00:00Z"}'}, "not on the calendar"),
        ({"facts": '{"now": "2026-11-01T12:00:00"}'}, "now"),
        ({"facts": '{"now": "2026-11-01T12:00:00Z", "pools": {"spto": {}}}'}, 'did you mean "spot"?'),
        ({"facts": '{"now": "2026-11-01T12:00:00Z", "pools": {"spot": {"freeGpus": -1}}}'}, "pools.spot.freeGpus"),
        ({"facts": '{"now": "2026-11-01T12:00:00Z", "pools": {"spot": {"rates": {"m": 0}}}}'}, "pools.spot.rates.m"),
        ({"manifest": MANIFEST.replace("clips", "clips, uid: a/b")}, "uid"),
        ({"manifest": MANIFEST.replace("clips", "clips, creationTimestamp: yesterday")}, "created"),
        (
            {
                "manifest": MANIFEST.replace("clips", "clips, creationTimestamp: 1").replace(
                    "spec:", "spec:\n  completeWithin: 1h"
                )
            },
            "creationTimestamp",
        ),
    ],
)
def test_bad_input_is_said_in_a_line_and_exits_with_2(explain, texts, words):
    status, out, err = explain(**texts)
    assert (status, out) == (2, "")
    assert words in err
    assert all(line.startswith("hybridface: ") for line in err.splitlines())


def test_a_file_that_is_not_there_is_wrong_input(explain, tmp_path):
    status, _, err = explain("--facts", str(tmp_path / "none.yaml"))
    assert (status, "none.yaml" in err) == (2, True)


@pytest.mark.parametrize("options", [{}, {"policy": None}, {"policy": None, "pools": None, "facts": "{}"}])
def test_live_takes_nothing_from_files(explain, options):
    status, _, err = explain("--live", **options)
    assert status == 2
    assert "--live takes policy, pools and facts from the cluster; give no files of them" in err
