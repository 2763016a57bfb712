"""The roles of the chart, held against what the API server saw an operator ask for."""

from __future__ import annotations

from support.estate_documents import POLICY
from support.real_world import CLUSTER_ROLE, HOME_ROLE, TENANT_ROLE, role
from support.runs import portrait
from support.waiting import soon

Right = tuple[str, str]
"""A verb, and what it is done to: `<resource>.<group>`."""

RARE: dict[Right, str] = {
    ("get", "jobs.batch"): "a Job that was created, and whose answer was lost, is looked at",
    ("update", "secrets"): "credentials are renewed at half their life, which is half an hour at least",
    ("delete", "pods"): "pods of dead nodes are removed by force",
    ("list", "events.events.k8s.io"): "what refuses a Job's pods is quoted, where they are refused",
    ("create", "leases.coordination.k8s.io"): "there is a Lease since the first operator of a cluster",
    ("create", "configmaps"): "there are ConfigMaps since the first policy and the first breaker",
}
"""What not every operator has to do in its life."""


def granted() -> set[Right]:
    """All that the roles allow."""
    return {
        (verb, f"{resource}.{group}" if group else resource)
        for name in (CLUSTER_ROLE, HOME_ROLE, TENANT_ROLE)
        for rule in role(name)["rules"]
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


def asked(home) -> dict[Right, set[int]]:
    """All that the operator has asked for, with the codes of the answers."""
    rights: dict[Right, set[int]] = {}
    for event in home.plane.audit(home.user):
        if what := event.get("objectRef"):
            path = f"{what['resource']}/{what['subresource']}" if "subresource" in what else what["resource"]
            right = (event["verb"], f"{path}.{what['apiGroup']}" if "apiGroup" in what else path)
            rights.setdefault(right, set()).add(event["responseStatus"]["code"])
    return rights


def test_an_operator_uses_every_right_that_it_has_and_asks_for_no_other(home, pods):
    home.apply(home.manifest("held", {"still": portrait()}))
    soon(pods, lambda seen: seen)
    home.patch("held", {"spec": {"suspend": True}})
    lost = home.manifest("lost", {}, ttlSecondsAfterFinished=0)
    lost["spec"]["targets"] = [{"name": "lost", "uri": f"s3://{home.inbox}/nowhere.png"}]
    home.apply(lost)
    home.publish_policy(POLICY | {"limits": POLICY["limits"] | {"dwell": "3s"}})

    try:
        soon(lambda: granted() - asked(home).keys() - RARE.keys(), lambda unused: not unused)
    finally:
        home.restore_policy()

    seen = asked(home)
    assert seen.keys() - granted() == set()
    # For a moment an API server that was started anew refuses what its roles allow: it has not read them yet.
    assert {right for right, codes in seen.items() if codes == {403}} == set()
