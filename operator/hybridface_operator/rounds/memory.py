"""What a job's storage holds, as far as it has been read. Every object is read once; a new operator reads it all again.

The operator alone writes inputs, plan, attempts, ends, exits and decisions, so what it wrote it knows; workers write
`probe/`, `done/`, `tries/` and `merged/`, and those are listed. Blocking: the controller calls it in threads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from hybridface_operator.credentials.renewal import Held
from hybridface_operator.credentials.session_policy import input_resources
from hybridface_operator.planning.settled import Settled
from hybridface_operator.planning.tries import counted_tries
from hybridface_operator.policy.types import Sensitivity
from hybridface_operator.reconciling.observed import Busy, Outcome
from hybridface_operator.reconciling.records import AttemptEnd, EndCause
from hybridface_operator.reconciling.status import LastDecision
from hybridface_operator.storage.records import Records, chunk_of_marker
from hybridface_worker.contract import layout
from hybridface_worker.contract.inputs import Inputs
from hybridface_worker.contract.manifest import ChunkManifest, OutputReport, TryMarker, WorkerExit
from hybridface_worker.contract.plan import ChunkRef, Plan
from hybridface_worker.contract.probe import ProbeResult
from hybridface_worker.contract.task import Attempt, MergeTask, ProbeTask, SwapTask

MOST_BYTES = 16 * 2**20
"""Of what a worker writes down of one chunk or output: hostile media may have made it write anything."""
_BYTES_OF_A_ROW = 8 * 2**10
"""Of what Probe says of one object, beside what it may say at least."""

_PROBE_RESULT = re.compile(r"probe/([0-9]{6})\.json")

Keys = Callable[[str], Iterable[str]]
"""The keys that begin with a prefix."""


@dataclass
class JobMemory:
    """One job's records, and how to read what is new among them."""

    records: Records
    loaded: bool = False
    inputs: Inputs | None = None
    """Until there is a plan, like `probes`: each of a hundred thousand items takes half a kilobyte."""
    reads: tuple[frozenset[str], frozenset[str]] | None = None
    """Sources and targets, as resources of a session policy."""
    probes: dict[int, ProbeResult] = field(default_factory=dict)
    plan: Plan | None = None
    chunks: tuple[ChunkRef, ...] = ()
    """The plan's."""
    committed: dict[ChunkRef, Outcome] = field(default_factory=dict)
    committed_by: dict[int, int] = field(default_factory=dict)
    """Frames committed as done, by attempt."""
    busy: Busy = field(default_factory=Busy)
    """Of the devices of its workers, over all committed chunks."""
    video_seconds: Fraction = Fraction(0)
    """Of video in chunks that are committed as done."""
    fresh: list[ChunkManifest] = field(default_factory=list)
    """Manifests that were read since somebody took these."""
    last_commits: dict[str, str] = field(default_factory=dict)
    """When each worker committed its last chunk."""
    attempts: dict[int, Attempt] = field(default_factory=dict)
    ends: dict[int, AttemptEnd] = field(default_factory=dict)
    exits: dict[str, WorkerExit] = field(default_factory=dict)
    tries: dict[ChunkRef, tuple[WorkerExit, ...]] = field(default_factory=dict)
    reports: dict[int, Settled] = field(default_factory=dict)
    """What came of outputs, by their positions among the plan's published ones."""
    indexed: bool = False
    decisions: int = 0
    """The number of the last decision."""
    decided: LastDecision | None = None
    """The last decision of this operator."""
    ending: dict[int, EndCause] = field(default_factory=dict)
    """Attempts that this operator has ended, and why."""
    said: dict[int, str] = field(default_factory=dict)
    """Why Jobs of attempts made no pods, where the API server told that."""
    made_for: dict[int, Sensitivity] = field(default_factory=dict)
    """How sensitive the work is that attempts were made for, as far as their Jobs were seen."""
    credentials: dict[int, Held] = field(default_factory=dict)
    """When the credentials of attempts end, where this operator minted them."""
    _markers: dict[str, TryMarker] = field(default_factory=dict)

    @property
    def live(self) -> set[int]:
        """The numbers of attempts whose end is not written down."""
        return self.attempts.keys() - self.ends.keys()

    def refresh(self) -> None:
        """Reads what is new. The first time everything is listed at once. Raises StoreError, DocumentError."""
        area = self.records.area
        listed = None if self.loaded else tuple(area.list(""))
        if listed is not None:
            self._load(listed)
            self.loaded = True

        def keys(prefix: str) -> Iterable[str]:
            return area.list(prefix) if listed is None else (key for key in listed if key.startswith(prefix))

        if self.plan is None:
            self._read_probes(keys)
            return
        if len(self.committed) < len(self.chunks) and self._tried(SwapTask):
            self._read_done(keys)
        if len(self.reports) < self.plan.published_count:
            self._read_merged(keys, self.plan)

    def take_fresh(self) -> list[ChunkManifest]:
        """The manifests that were read since the last time."""
        fresh, self.fresh = self.fresh, []
        return fresh

    def take_inputs(self, inputs: Inputs) -> None:
        """Knows the inputs, and what credentials have to reach because of them."""
        self.inputs = inputs
        self.reads = input_resources(self.records.area.uri(""), inputs)

    def take_plan(self, plan: Plan) -> None:
        """Knows the plan, and lets go of what only planning needs."""
        self.plan = plan
        self.chunks = tuple(plan.chunks())
        self.inputs, self.probes = None, {}

    def _load(self, keys: Iterable[str]) -> None:
        """What the operators before this one wrote."""
        area = self.records.area
        for key in keys:
            match key.split("/", 1):
                case [layout.INPUTS]:
                    self.take_inputs(area.read(Inputs, key))
                case [layout.PLAN]:
                    self.take_plan(area.read(Plan, key))
                case ["attempts", _]:
                    attempt = area.read(Attempt, key)
                    self.attempts[attempt.attempt] = attempt
                case ["ended", _]:
                    end = area.read(AttemptEnd, key)
                    self.ends[end.attempt] = end
                case ["exits", _]:
                    worker_exit = area.read(WorkerExit, key)
                    self.exits[worker_exit.worker] = worker_exit
                case ["decisions", _]:
                    self.decisions = max(self.decisions, _number(key))

    def _tried(self, kind: type[ProbeTask | SwapTask | MergeTask]) -> bool:
        return any(isinstance(attempt.work, kind) for attempt in self.attempts.values())

    def _read_probes(self, keys: Keys) -> None:
        """Results of shards that there can be, ranges of rows and each row alone: workers may write any key there."""
        rows = len(self.inputs.sources) + len(self.inputs.targets) if self.inputs else 0
        for key in keys("probe/"):
            named = _PROBE_RESULT.fullmatch(key)
            shard = int(named[1]) if named else -1
            if 0 <= shard < 2 * rows and shard not in self.probes:
                most_bytes = 2**20 + _BYTES_OF_A_ROW * rows
                self.probes[shard] = self.records.area.read(ProbeResult, key, most_bytes=most_bytes)

    def _read_done(self, keys: Keys) -> None:
        """Every manifest is read once: for its outcome, and for whose work it was."""
        there = set(keys("done/"))
        for chunk in self.chunks:
            key = layout.chunk_manifest(chunk)
            if key in there and chunk not in self.committed:
                manifest = self.records.area.read(ChunkManifest, key, most_bytes=MOST_BYTES)
                self.committed[chunk] = manifest.outcome
                self.busy += manifest.usage
                self.fresh.append(manifest)
                newest = max(manifest.finished_at, self.last_commits.get(manifest.worker, ""))
                self.last_commits[manifest.worker] = newest
                if manifest.outcome == "done":
                    by = manifest.attempt
                    self.video_seconds += manifest.seconds or 0
                    self.committed_by[by] = self.committed_by.get(by, 0) + chunk.length
        if any(end.counts for end in self.exits.values()):
            self._read_tries(keys)

    def _read_tries(self, keys: Keys) -> None:
        """Markers of chunks that are not committed; each is read once."""
        wanted = {layout.chunk_id(chunk) for chunk in self.chunks if chunk not in self.committed}
        for key in keys("tries/"):
            if key not in self._markers and chunk_of_marker(key) in wanted:
                self._markers[key] = self.records.area.read(TryMarker, key, most_bytes=MOST_BYTES)
        markers = (marker for marker in self._markers.values() if marker.chunk not in self.committed)
        self.tries = counted_tries(markers, self.exits)

    def _read_merged(self, keys: Keys, plan: Plan) -> None:
        """Every report is read once, and not kept."""
        there = set(keys("merged/"))
        for position, (source, output) in enumerate(plan.published() if there else ()):
            key = layout.output_report(source, output.target, output.item)
            if key in there and position not in self.reports:
                report = self.records.area.read(OutputReport, key, most_bytes=MOST_BYTES)
                self.reports[position] = Settled.by(report)


def _number(key: str) -> int:
    """`attempts/000012.json` -> 12."""
    return int(key.rpartition("/")[2].removesuffix(".json"))
