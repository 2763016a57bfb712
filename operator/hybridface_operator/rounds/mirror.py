"""What the API server holds, as far as its watches have told. A table in memory; it asks nobody and decides nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from hybridface_operator.kube.api import Kind
from hybridface_operator.reconciling.seen import JobState, PodState, job_state, pod_state
from hybridface_operator.spec.labels import UID
from hybridface_operator.spec.objects import Body

from .bodies import Owner, owner_of, room_of, slimmed, without_managers

State = TypeVar("State", JobState, PodState)


@dataclass
class Attempted:
    """Jobs and pods of one FaceSwapJob, by their names."""

    jobs: dict[str, JobState] = field(default_factory=dict)
    pods: dict[str, PodState] = field(default_factory=dict)


class Mirror:
    """The newest version of every object that matters. An older version never replaces a newer one.

    Lists and watches overtake each other: what came or went while a list was on its way is newer than the list.
    """

    def __init__(self) -> None:
        self._versions: dict[str, int] = {}
        self._clock = 0
        """Counts what was taken in."""
        self._came: dict[str, int] = {}
        """When an object was first seen, by uid."""
        self._went: dict[str, int] = {}
        """When an object was lost, by uid, until a list that was asked for later is taken in."""
        self._face_swap_jobs: dict[str, Body] = {}
        self._attempted: defaultdict[Owner, Attempted] = defaultdict(Attempted)
        self._nodes: dict[str, Body] = {}
        self._lists_nodes = False
        self.room = 0
        """Counts changes of nodes that matter to who decides: not every heartbeat."""

    def see(self, kind: Kind, body: Body) -> str | None:
        """Takes in an object that is there. Returns the uid of the FaceSwapJob that it concerns, None for none.

        It concerns none either where nothing has changed of what is kept: counts, heartbeats and managers of fields are
        most of what API servers tell.
        """
        if not self._is_news(body):
            return None
        metadata = body["metadata"]
        match kind:
            case Kind.FACE_SWAP_JOB:
                self._face_swap_jobs[metadata["uid"]] = without_managers(body)
                return str(metadata["uid"])
            case Kind.NODE:
                self._note_node(body)
                return None
            case Kind.JOB | Kind.POD:
                return self._see_attempted(kind, body, None)
            case _:
                raise ValueError(f"{kind} is not mirrored")

    def lose(self, kind: Kind, body: Body, now: datetime) -> str | None:
        """Takes in that an object is gone. A pod is remembered as it was seen last: how it ended may not be known yet.

        Returns what `see` does.
        """
        metadata = body["metadata"]
        self._versions.pop(metadata["uid"], None)
        self._came.pop(metadata["uid"], None)
        self._went[metadata["uid"]] = self.mark()
        match kind:
            case Kind.FACE_SWAP_JOB:
                self._face_swap_jobs.pop(metadata["uid"], None)
                self._let_go((metadata.get("namespace", ""), metadata["uid"]))
                return str(metadata["uid"])
            case Kind.NODE:
                if self._nodes.pop(metadata["name"], None) is not None:
                    self.room += 1
                return None
            case Kind.JOB:
                owner = owner_of(body)
                known = self._attempted[owner].jobs if owner and owner in self._attempted else {}
                if owner and (job := known.get(metadata["name"])) and job.uid == metadata["uid"]:
                    del known[metadata["name"]]
                    self._let_go(owner)
                return owner and owner[1]
            case Kind.POD:
                return self._lose_pod(body, now)
            case _:
                raise ValueError(f"{kind} is not mirrored")

    def mark(self) -> int:
        """The moment before a list is asked for, to be given to `relist` with it."""
        self._clock += 1
        return self._clock

    def relist(self, kind: Kind, bodies: Iterable[Body], now: datetime, asked: int | None = None) -> set[str]:
        """Takes in everything there is of a kind: what is not among it, and was there when it was asked for, is gone.

        Returns the uids of the FaceSwapJobs it concerns.
        """
        asked = self.mark() if asked is None else asked
        self._lists_nodes |= kind is Kind.NODE
        there = {body["metadata"]["uid"]: body for body in bodies}
        concerned = {self.see(kind, body) for body in there.values()}
        gone = [body for body in self._known(kind) if self._is_gone(body["metadata"]["uid"], there, asked)]
        if kind is Kind.POD:
            concerned |= {self._remember_gone(body, now) for body in gone}
        else:
            concerned |= {self.lose(kind, body, now) for body in gone}
        self._went = {uid: when for uid, when in self._went.items() if when > asked}
        return {uid for uid in concerned if uid}

    def forget_pods(self, uid: str, names: Iterable[str]) -> None:
        """Drops pods that are gone and whose end is written down."""
        pods = self._own(uid).pods
        for name in names:
            pods.pop(name, None)

    def face_swap_job(self, uid: str) -> Body | None:
        """The FaceSwapJob, None where it is gone."""
        return self._face_swap_jobs.get(uid)

    def face_swap_jobs(self) -> Mapping[str, Body]:
        """All of them, by uid."""
        return self._face_swap_jobs

    def jobs(self, uid: str) -> Mapping[str, JobState]:
        """Its Jobs, by name."""
        return self._own(uid).jobs

    def unfinished_jobs(self) -> Iterator[tuple[str, list[JobState]]]:
        """Those of each FaceSwapJob that has any, with its uid."""
        for (_, uid), attempted in self._attempted.items():
            going = [job for job in attempted.jobs.values() if not job.finished]
            if going and self._own(uid) is attempted:
                yield uid, going

    def pods(self, uid: str) -> Mapping[str, PodState]:
        """Its pods, by name, also those that are gone and not yet forgotten."""
        return self._own(uid).pods

    def left_jobs(self) -> list[tuple[str, JobState]]:
        """Jobs, with their namespaces, of FaceSwapJobs that are not known."""
        return [
            (namespace, job)
            for (namespace, uid), attempted in self._attempted.items()
            if uid not in self._face_swap_jobs
            for job in attempted.jobs.values()
        ]

    def nodes(self) -> Iterable[Body] | None:
        """Every node, as far as it decides how many pods it takes; None where they were never listed."""
        return self._nodes.values() if self._lists_nodes else None

    def slim(self, uid: str) -> None:
        """Keeps of a FaceSwapJob that is over what is needed to tell that it is."""
        body = self._face_swap_jobs.get(uid)
        if body is not None:
            self._face_swap_jobs[uid] = slimmed(body)

    def _own(self, uid: str) -> Attempted:
        """What belongs to a FaceSwapJob; nothing where it is not known."""
        body = self._face_swap_jobs.get(uid)
        return (body and self._attempted.get((body["metadata"].get("namespace", ""), uid))) or Attempted()

    def _let_go(self, owner: Owner) -> None:
        """Forgets pods that are gone where nobody is left to write down how they ended; of what is there, nothing.

        A list may leave a FaceSwapJob out by mistake: when it comes back, so must its Jobs, of which nothing is news.
        """
        attempted = self._attempted.get(owner)
        if attempted is None or owner[1] in self._face_swap_jobs:
            return
        attempted.pods = {name: pod for name, pod in attempted.pods.items() if not pod.gone}
        if not attempted.jobs and not attempted.pods:
            del self._attempted[owner]

    def _note_node(self, body: Body) -> None:
        name, slim = body["metadata"]["name"], room_of(body)
        self.room += self._nodes.get(name) != slim
        self._nodes[name] = slim

    def _see_attempted(self, kind: Kind, body: Body, gone: datetime | None) -> str | None:
        owner = owner_of(body)
        if owner is None:
            return None
        try:
            state = job_state(body) if kind is Kind.JOB else pod_state(body, gone)
        except (KeyError, TypeError, ValueError):  # somebody else's object with our label: it is none of an attempt's
            return None
        attempted = self._attempted[owner]
        if isinstance(state, JobState):
            changed = _replace(attempted.jobs, state.name, state)
        else:
            changed = _replace(attempted.pods, state.name, state)
        return owner[1] if changed else None

    def _is_news(self, body: Body) -> bool:
        metadata = body["metadata"]
        uid, version = metadata["uid"], int(metadata.get("resourceVersion") or 0)
        if uid in self._went or self._versions.get(uid, -1) >= version:
            return False
        self._versions[uid] = version
        self._came.setdefault(uid, self.mark())
        return True

    def _lose_pod(self, body: Body, now: datetime) -> str | None:
        """A pod is remembered as long as its FaceSwapJob is there: how it ended is still to be written down."""
        concerned, owner = self._see_attempted(Kind.POD, body, now), owner_of(body)
        if owner is not None:
            self._let_go(owner)
        return concerned

    def _remember_gone(self, body: Body, now: datetime) -> str:
        """A pod that a list did not name any more; its last state is known, not its last words."""
        metadata = body["metadata"]
        owner = metadata["namespace"], str(metadata["labels"][UID])
        pods = self._attempted[owner].pods
        pod = pods[metadata["name"]]
        pods[pod.name] = replace(pod, gone=True, finished=pod.finished or now)
        self._versions.pop(pod.uid, None)
        self._came.pop(pod.uid, None)
        self._went[pod.uid] = self.mark()
        self._let_go(owner)
        return owner[1]

    def _is_gone(self, uid: str, there: Mapping[str, Body], asked: int) -> bool:
        return uid not in there and self._came.get(uid, 0) <= asked

    def _known(self, kind: Kind) -> list[Body]:
        """All that is known of a kind, as far as it takes to lose it."""
        match kind:
            case Kind.FACE_SWAP_JOB:
                return list(self._face_swap_jobs.values())
            case Kind.NODE:
                return list(self._nodes.values())
            case Kind.JOB:
                return [
                    {"metadata": {"name": job.name, "namespace": namespace, "uid": job.uid, "labels": {UID: owner}}}
                    for (namespace, owner), attempted in self._attempted.items()
                    for job in attempted.jobs.values()
                ]
            case Kind.POD:
                return [
                    {"metadata": {"name": pod.name, "namespace": namespace, "uid": pod.uid, "labels": {UID: owner}}}
                    for (namespace, owner), attempted in self._attempted.items()
                    for pod in attempted.pods.values()
                    if not pod.gone
                ]
            case _:
                raise ValueError(f"{kind} is not listed anew")


def _replace(kept: dict[str, State], name: str, state: State) -> bool:
    """Whether that changed anything."""
    changed = kept.get(name) != state
    kept[name] = state
    return changed
