"""Where work goes, as nodes see it."""

from __future__ import annotations

from support.clips import clip
from support.estate_documents import quote
from support.runs import portrait
from support.waiting import soon

FRAMES = 130
"""Three chunks: more than the private pool takes at once."""


def swap_nodes(pods) -> set[str]:
    """Kinds of the nodes that Swap pods were given."""
    return {
        pod["spec"]["nodeName"].split("-")[0]
        for pod in pods
        if pod["metadata"]["labels"]["hybridface.dev/phase"] == "swap" and pod["spec"].get("nodeName")
    }


def verdicts(home, name: str) -> dict[str, str]:
    found = home.job(name).get("status", {}).get("placement", {}).get("verdicts", [])
    return {each["pool"]: each["reason"] for each in found}


def test_one_job_runs_in_both_pools_at_once_where_the_price_allows_it(home, pods):
    home.publish_price("aws-spot", quote("0.30"))
    home.apply(home.manifest("both", {"clip": clip("cfr", FRAMES)}))

    soon(pods, lambda seen: swap_nodes(seen) == {"private", "cloud"})

    home.done("both")


def test_what_finds_no_place_waits_says_for_what_and_goes_on_when_the_price_falls(home, pods):
    home.publish_price("aws-spot", quote("0.55"))
    home.kubelets.hold("first", "swap")
    home.apply(home.manifest("first", {"clip": clip("cfr", FRAMES)}))
    soon(lambda: home.job("first")["status"].get("phase"), lambda phase: phase == "Swapping")
    home.apply(home.manifest("second", {"still": portrait()}))

    said = soon(lambda: verdicts(home, "second"), lambda seen: seen.get("private") == "NoFreeGpus")
    assert said["aws-spot"] == "PriceAboveCap"
    home.publish_price("aws-spot", quote("0.20"))
    home.kubelets.let_go()

    home.done("second")
    home.done("first")


def test_restricted_work_never_leaves_private_nodes(home, pods):
    home.publish_price("aws-spot", quote("0.01"))
    home.apply(home.manifest("portraits", {"clip": clip("cfr", FRAMES)}, sensitivity="restricted"))
    seen: set[str] = set()

    def over(_: object) -> bool:
        own = [pod for pod in pods() if pod["metadata"]["labels"]["hybridface.dev/job"] == "portraits"]
        seen.update(pod["spec"]["nodeName"] for pod in own if pod["spec"].get("nodeName"))
        return bool(home.condition("portraits", "Complete").get("status") == "True")

    soon(lambda: None, over, seconds=240)

    assert verdicts(home, "portraits")["aws-spot"] == "NotPrivate"
    assert seen
    assert all(name.startswith("private-") for name in seen)
