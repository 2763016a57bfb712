"""What may happen to a studio on a bad day, and what must hold whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hybridface_operator.kube.api import Kind
from hybridface_operator.spec.labels import controller_uid
from hybridface_worker.contract.manifest import ChunkManifest, WorkerExit
from hybridface_worker.contract.plan import ChunkRef, Plan
from hybridface_worker.contract.task import Attempt, SwapTask
from hybridface_worker.store.job_area import JobArea
from support.estate_documents import POLICY, PRIVATE
from support.fake_controllers import index_of, indexes, is_finished
from support.simulation import Simulation
from support.simulation_world import NAMESPACE, NODES, job_area

Body = dict[str, Any]
Day = Callable[["BadDays", int], None]

_POLICIES: tuple[dict[str, Any], ...] = (
    POLICY,
    {**POLICY, "rules": [], "default": {"place": ["aws-spot", "private"]}},
    {**POLICY, "rules": [], "default": {"place": ["private"]}},
    {**POLICY, "pools": {"aws-spot": {"maxGpus": 0}, "private": {"maxGpus": 1}}},
)
_PRICES = ("0.10", "0.39", "0.41", "2.00")
_STATUSES = (70, 137, 1, 69)
_COUNTED_CRASHES = 2
"""As many as no chunk is given up for."""


class BadDays:
    """Things that happen, each chosen by a number, and the invariants."""

    def __init__(self, simulation: Simulation, uids: tuple[str, ...], *, alone: bool = True) -> None:
        """`alone` says that there is one operator at a time: two may for a moment do a thing twice."""
        self.simulation = simulation
        self.studio, self.kubelets = simulation.studio, simulation.kubelets
        self.uids = uids
        self._alone = alone
        self._crashes = 0

    # what happens

    def nothing(self, _: int) -> None:
        """A turn passes."""

    def crash(self, number: int) -> None:
        """A worker ends by itself."""
        if self._crashes < _COUNTED_CRASHES and (pod := self._one(self.kubelets.running(), number)):
            self._crashes += 1
            self.kubelets.crash(pod, _STATUSES[number % len(_STATUSES)])

    def preempt(self, number: int) -> None:
        """A pod makes room for another."""
        if pod := self._one(self.kubelets.running(), number):
            self.kubelets.preempt(pod)

    def node_dies(self, number: int) -> None:
        """A node answers no more."""
        self.kubelets.die(list(NODES)[number % len(NODES)])

    def node_comes_back(self, number: int) -> None:
        """Or another one in its place."""
        self.kubelets.revive(list(NODES)[number % len(NODES)])

    def pod_is_deleted(self, number: int) -> None:
        """By somebody."""
        if pod := self._one(self.kubelets.running(), number):
            self.kubelets.remove(pod)

    def job_is_deleted(self, number: int) -> None:
        """A Job, with its pods, by somebody."""
        if job := self._one(self._all(Kind.JOB), number):
            for pod in self._all(Kind.POD):
                own = controller_uid(pod) == job["metadata"]["uid"]
                if own and pod["status"].get("phase") not in ("Succeeded", "Failed"):
                    self.kubelets.blameless.add(pod["metadata"]["name"])
            self.studio.api.remove(Kind.JOB, NAMESPACE, job["metadata"]["name"], foreground=bool(number % 2))

    def suspend(self, number: int) -> None:
        """A user holds a job."""
        self._edit(number, suspend=True)

    def resume(self, number: int) -> None:
        """And lets it go on."""
        self._edit(number, suspend=False)

    def policy(self, number: int) -> None:
        """Operations publish another one."""
        self.studio.policy = _POLICIES[number % len(_POLICIES)]

    def price(self, number: int) -> None:
        """Of spot capacity; or nobody quotes one."""
        if number % 5 == 4:
            self.studio.quotes = {}
        else:
            self.studio.quote(_PRICES[number % len(_PRICES)])

    def operator_dies(self, number: int) -> None:
        """At one of its next writes."""
        for operator in self.simulation.operators:
            operator.line.writes_left = number % 12

    def events_are_lost(self, number: int) -> None:
        """Until somebody lists; or they come again from now on."""
        for operator in self.simulation.operators:
            operator.deaf = bool(number % 2)

    def api_away(self, number: int) -> None:
        """Or back."""
        for operator in self.simulation.operators:
            operator.line.api_away = bool(number % 2)

    def storage_away(self, number: int) -> None:
        """Or back."""
        for operator in self.simulation.operators:
            operator.line.storage_away = bool(number % 2)

    def time_passes(self, number: int) -> None:
        """Minutes."""
        self.studio.clock.pass_(30 * (number % 8))

    EVENTS: tuple[Day, ...] = (
        nothing,
        crash,
        preempt,
        node_dies,
        node_comes_back,
        pod_is_deleted,
        job_is_deleted,
        suspend,
        resume,
        policy,
        price,
        operator_dies,
        events_are_lost,
        api_away,
        storage_away,
        time_passes,
    )

    def peace(self) -> None:
        """Everything works again, and nobody holds anything."""
        self.studio.policy = POLICY
        self.studio.quote("0.30")
        for name in NODES:
            self.kubelets.revive(name)
        for number in range(len(self.uids)):
            self._edit(number, suspend=False)
        for operator in self.simulation.operators:
            operator.deaf = False
            operator.line.api_away = operator.line.storage_away = False
            operator.line.writes_left = None

    # what holds

    def check(self) -> None:
        """All that holds at every moment."""
        self._restricted_pods_stay_home()
        if self._alone:
            self._pools_are_not_overfull()
        for uid in self.uids:
            self._no_blameless_end_counts(uid)
            if self._alone:
                self._no_chunk_is_held_twice(uid)

    def area(self, uid: str) -> JobArea:
        """The job's folder."""
        return job_area(self.studio.stores, uid)

    def live_attempts(self, uid: str) -> list[Attempt]:
        """Written down, and not written down as ended."""
        area = self.area(uid)
        ended = {key.rpartition("/")[2] for key in area.list("ended/")}
        return [area.read(Attempt, key) for key in area.list("attempts/") if key.rpartition("/")[2] not in ended]

    def committed(self, uid: str) -> dict[ChunkRef, str]:
        """Chunks and their outcomes."""
        area = self.area(uid)
        manifests = [area.read(ChunkManifest, key) for key in area.list("done/")]
        return {manifest.chunk: manifest.outcome for manifest in manifests}

    def planned(self, uid: str) -> list[ChunkRef]:
        """Chunks of the plan."""
        return list(self.area(uid).read(Plan, "plan.json").chunks())

    def nothing_runs(self) -> bool:
        """Whether no Job and no pod does, and no Secret is left."""
        jobs, pods = self._all(Kind.JOB), self._all(Kind.POD)
        busy = [pod for pod in pods if pod["status"].get("phase") not in ("Succeeded", "Failed")]
        return not self._all(Kind.SECRET) and not busy and all(is_finished(job) for job in jobs)

    def over(self) -> bool:
        """Whether every job has ended and its status says so."""
        return all(phase in ("Completed", "Failed") for phase in self.simulation.phases().values())

    def _restricted_pods_stay_home(self) -> None:
        for pod in self._all(Kind.POD):
            if pod["metadata"]["labels"]["hybridface.dev/sensitivity"] != "restricted":
                continue
            required = pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
            for term in required["nodeSelectorTerms"]:
                pinned = [each for each in term["matchExpressions"] if each["key"] == PRIVATE]
                assert pinned, pod
                assert pinned[0]["values"] == ["private"], pod
            assert NODES.get(pod["spec"].get("nodeName", "private-1"), ("",))[0] == "private", pod

    def _pools_are_not_overfull(self) -> None:
        used: dict[str, int] = {}
        live = {(uid, attempt.attempt) for uid in self.uids for attempt in self.live_attempts(uid)}
        for job in self._all(Kind.JOB):
            labels = job["metadata"]["labels"]
            held = (labels["hybridface.dev/uid"], int(labels["hybridface.dev/attempt"])) in live
            if held and labels["hybridface.dev/phase"] == "swap":
                pool = labels["hybridface.dev/pool"]
                used[pool] = used.get(pool, 0) + min(job["spec"]["parallelism"], self._shards_left(job))
        for pool in self.studio.inventory.pools:
            assert used.get(pool.name, 0) <= pool.max_gpus, used

    def _shards_left(self, job: Body) -> int:
        """Indexes of a Job that may still get a pod."""
        pods = (pod for pod in self._all(Kind.POD) if controller_uid(pod) == job["metadata"]["uid"])
        done = {index_of(pod) for pod in pods if pod.get("status", {}).get("phase") == "Succeeded"}
        counted = indexes(job.get("status", {}).get("completedIndexes", ""))
        return int(job["spec"]["completions"]) - len(done | counted)

    def _no_chunk_is_held_twice(self, uid: str) -> None:
        held = [
            chunk
            for attempt in self.live_attempts(uid)
            if isinstance(attempt.work, SwapTask)
            for shard in attempt.work.shards
            for chunk in shard.chunks
        ]
        assert len(held) == len(set(held)), held

    def _no_blameless_end_counts(self, uid: str) -> None:
        area = self.area(uid)
        for key in area.list("exits/"):
            end = area.read(WorkerExit, key)
            assert not (end.counts and end.worker in self.kubelets.blameless), end

    def _all(self, kind: Kind) -> list[Body]:
        return [
            body
            for (of, _, _), body in sorted(self.studio.api.objects.items(), key=lambda item: item[0][1:])
            if of is kind
        ]

    def _one(self, bodies: list[Body], number: int) -> Body | None:
        return bodies[number % len(bodies)] if bodies else None

    def _edit(self, number: int, **spec: Any) -> None:
        job = self._one(self._all(Kind.FACE_SWAP_JOB), number)
        if job is not None:
            self.studio.api.edit(
                Kind.FACE_SWAP_JOB, NAMESPACE, job["metadata"]["name"], lambda body: body["spec"].update(spec)
            )
