"""What happens to one job on real servers on a bad day, chosen by a seed, and what must hold whatever happens.

Times are a machine's own, so a seed gives the same events and not the same interleaving: what must hold, holds for all.
"""

from __future__ import annotations

import json
import random
import signal
import time
from collections.abc import Callable
from typing import Any

from hybridface_worker.contract import layout
from hybridface_worker.contract.plan import Plan
from support.estate import Estate
from support.estate_documents import POLICY, PRIVATE, quote

Body = dict[str, Any]
_POLICIES: tuple[Body, ...] = (
    POLICY,
    {**POLICY, "rules": [], "default": {"place": ["aws-spot", "private"]}},
    {**POLICY, "rules": [], "default": {"place": ["private"]}},
    {**POLICY, "pools": {"aws-spot": {"maxGpus": 0}}},
    {"version": 1, "default": {"place": ["nowhere"]}},
)
_PRICES = ("0.10", "0.39", "0.41", "2.00")
_COUNTED_CRASHES = 2
"""As many as no chunk is given up for."""
_LONGEST_PAUSE_SECONDS = 1.5


class RealDays:
    """Things that happen to a job, each drawn by chance, and the invariants."""

    def __init__(self, home: Estate, name: str, seed: int) -> None:
        self.events: list[str] = []
        """What happened, for who reads a failure."""
        self._home = home
        self._name = name
        self._chance = random.Random(seed)
        self._nodes = [f"{each}-{home.prefix}" for each in ("private-0", "cloud-0")]
        self._crashes = 0
        self._commits: dict[str, str] = {}
        self._area = home.area(name)

    def live(self, steps: int) -> None:
        """So many things happen, and what must hold is looked at in between."""
        for _ in range(steps):
            event = self._chance.choice(self._EVENTS)
            self.events.append(event.__name__)
            event(self)
            self.check()
            time.sleep(self._chance.uniform(0, _LONGEST_PAUSE_SECONDS))
            self.check()

    def peace(self) -> None:
        """Everything works again, and nobody holds anything."""
        home = self._home
        home.restore_policy()
        home.publish_price("aws-spot", quote("0.30"))
        home.patch(self._name, {"spec": {"suspend": False}})
        for node in self._nodes:
            self._taint(node, None)
        home.revive()

    def check(self) -> dict[str, str]:
        """What was committed stays as it is; restricted work is on private nodes. Returns the commits."""
        now = self._home.commits(self._name)
        changed = {key for key, etag in self._commits.items() if now.get(key) != etag}
        assert not changed, (changed, self.events)
        self._commits = now
        for pod in self._home.pods():
            if pod["metadata"]["labels"].get("hybridface.dev/sensitivity") == "restricted":
                assert pod["spec"].get("nodeName", "private").startswith("private"), (pod, self.events)
                required = pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
                pinned = [{each["key"] for each in term["matchExpressions"]} for term in required["nodeSelectorTerms"]]
                assert all(PRIVATE in keys for keys in pinned), (pod, self.events)
        return now

    def planned(self) -> set[str]:
        """The manifests that the plan's chunks will have, as `commits` names them."""
        plan = self._home.download(self._home.work, self._area + layout.PLAN).read_bytes()
        chunks = Plan.from_bytes(plan, layout.PLAN).chunks()
        return {layout.chunk_manifest(chunk).removeprefix("done/") for chunk in chunks}

    def outcomes(self) -> set[str]:
        """Of all that is committed."""
        keys = [f"{self._area}done/{key}" for key in self._commits]
        return {json.loads(self._home.download(self._home.work, key).read_bytes())["outcome"] for key in keys}

    # what happens

    def _nothing(self) -> None:
        """A moment passes."""

    def _operator_is_killed(self) -> None:
        self._home.stop_operator(signal.SIGKILL)
        self._home.start_operator()

    def _watches_are_lost(self) -> None:
        """With all connections of an API server that starts anew."""
        self._home.plane.stop_apiserver()
        self._home.plane.start_apiserver()

    def _worker_crashes(self) -> None:
        if self._crashes < _COUNTED_CRASHES and self._home.kubelets.crash(self._chance.random()):
            self._crashes += 1

    def _pods_are_preempted(self) -> None:
        node = self._chance.choice(self._nodes)
        self._taint(node, {"key": "test/gone", "value": "now", "effect": "NoExecute"})
        time.sleep(self._chance.uniform(0, 1))
        self._taint(node, None)

    def _policy_is_edited(self) -> None:
        self._home.publish_policy(self._chance.choice(_POLICIES))

    def _price_moves(self) -> None:
        self._home.publish_price("aws-spot", quote(self._chance.choice(_PRICES)))

    def _prices_are_gone(self) -> None:
        self._home.forget_prices()

    def _pod_is_deleted(self) -> None:
        self._delete("pods", "/api/v1")

    def _job_is_deleted(self) -> None:
        self._delete("jobs", "/apis/batch/v1")

    def _job_is_held(self) -> None:
        self._home.patch(self._name, {"spec": {"suspend": True}})

    def _job_is_resumed(self) -> None:
        self._home.patch(self._name, {"spec": {"suspend": False}})

    _EVENTS: tuple[Callable[[RealDays], None], ...] = (
        _nothing,
        _operator_is_killed,
        _watches_are_lost,
        _worker_crashes,
        _pods_are_preempted,
        _policy_is_edited,
        _price_moves,
        _prices_are_gone,
        _pod_is_deleted,
        _job_is_deleted,
        _job_is_held,
        _job_is_resumed,
    )

    def _taint(self, node: str, taint: Body | None) -> None:
        change = json.dumps({"spec": {"taints": [taint] if taint else None}})
        self._home.plane.kubectl("patch", "node", node, "--type=merge", f"--patch={change}")

    def _delete(self, plural: str, root: str) -> None:
        """One of those that the operator made, behind its back."""
        where = f"{root}/namespaces/{self._home.namespace}/{plural}?labelSelector=hybridface.dev/uid"
        names = sorted(each["metadata"]["name"] for each in self._home.plane.read(where)["items"])
        if names:
            name = self._chance.choice(names)
            gone = ("--ignore-not-found", "--wait=false")
            self._home.plane.kubectl("delete", plural, name, f"-n={self._home.namespace}", *gone)
