"""The Probe phase on this machine."""

from __future__ import annotations

from collections.abc import Sequence

from hybridface_operator.errors import JobStopped
from hybridface_operator.planning.probing import deal_probe, given_up, leaves, rows, split
from hybridface_operator.storage.records import Records
from hybridface_worker.contract import layout
from hybridface_worker.contract.inputs import Inputs
from hybridface_worker.contract.probe import Finding, ProbeResult
from hybridface_worker.contract.spec import FaceSelection, Limits, ModelRef
from hybridface_worker.contract.task import ProbeShard, ProbeTask

from .isolating import run_isolating
from .listener import Listener
from .runner import Runner


class Probing:
    """Probes one job's inputs."""

    def __init__(self, records: Records, runner: Runner, listener: Listener, inputs: Inputs, limits: Limits) -> None:
        self._records = records
        self._runner = runner
        self._listener = listener
        self._inputs = inputs
        self._limits = limits

    async def run(self, detector: ModelRef, faces: FaceSelection, *, shards: int) -> tuple[ProbeResult, ...]:
        """What there is to know of every input; what an earlier run found out is not found out again.

        Raises:
            JobStopped: a source's image ended every worker that looked at it, or as the runner raises it.
            Interrupted: as the runner raises it.
        """
        attempt = max(
            (attempt for attempt in self._records.attempts() if isinstance(attempt.work, ProbeTask)),
            key=lambda attempt: attempt.attempt,
            default=None,
        ) or self._records.new_attempt(
            ProbeTask(detector=detector, faces=faces, limits=self._limits, shards=deal_probe(self._inputs, shards))
        )
        dealt: Sequence[ProbeShard] = attempt.work.shards if isinstance(attempt.work, ProbeTask) else ()
        done = [number for number in leaves(dealt) if self._found(number)]
        self._listener.phase(
            "probe",
            total=len(self._inputs.sources) + len(self._inputs.targets),
            done=sum(rows(dealt[number]) for number in done),
        )
        while left := [number for number in leaves(dealt) if not self._found(number)]:
            work = ProbeTask(detector=detector, faces=faces, limits=self._limits, shards=tuple(dealt))
            if work != attempt.work:
                attempt = self._records.new_attempt(work)
            outcome = await run_isolating(self._runner, attempt, left, [rows(shard) for shard in dealt])
            for number, finding in outcome.given_up.items():
                self._give_up(number, dealt[number], finding)
            dealt = split(dealt, outcome.suspects)
        return tuple(self._records.area.read(ProbeResult, layout.probe_result(number)) for number in leaves(dealt))

    def _found(self, shard: int) -> bool:
        return self._records.area.exists(layout.probe_result(shard))

    def _give_up(self, number: int, shard: ProbeShard, finding: Finding) -> None:
        for image in self._inputs.sources[slice(*shard.sources)]:
            raise JobStopped(f"{image.uri}: {finding.message}")
        self._records.area.put_absent(layout.probe_result(number), given_up(self._inputs, number, shard, finding))
