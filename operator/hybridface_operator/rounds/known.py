"""The jobs that are not over, as this operator knows them."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from hybridface_operator.credentials.errors import MintingError
from hybridface_operator.errors import JobRefused
from hybridface_operator.kube.errors import KubeForbidden, KubeRefused
from hybridface_operator.reconciling.actions import JobStanding, Step
from hybridface_operator.reconciling.observed import Observed
from hybridface_operator.spec.status import JobPhase
from hybridface_worker.contract.document import DocumentError
from hybridface_worker.contract.errors import WorkerError
from hybridface_worker.contract.reasons import Reason

from .executor import Executor
from .facts import Load
from .memory import JobMemory
from .observing import Judged

MAX_UNTOLD = 16
"""So many events of a job are kept until they are sent, the newest."""


@dataclass(frozen=True)
class Turn:
    """What was seen of a job, and what follows from it."""

    seen: Observed
    step: Step
    acted_on: bool = False
    """Whether what was decided on it was done: nothing more is asked before the job is reconciled again."""


@dataclass(frozen=True)
class Refused:
    """What the API server would not take, and until when it is not asked again."""

    error: KubeForbidden | KubeRefused
    until: datetime


@dataclass
class Known:
    """One job."""

    memory: JobMemory
    executor: Executor
    judged: Judged | None = None
    judged_by: tuple[object, ...] = ()
    """What `judged` rests on."""
    turn: Turn | None = None
    """As it was reconciled last; None before, and where its specification cannot be read."""
    load: Load | None = None
    """What it has in the pools; None where only its Jobs tell."""
    promised: Load | None = None
    """What it was given there and has not got yet."""
    listed_at: datetime | None = None
    """When its storage was read last."""
    stirred: bool = True
    """Whether its storage may hold something new."""
    failures: int = 0
    """Reconciles in a row that met something that was away."""
    setbacks: int = 0
    """Placements in a row that could not be carried out."""
    refused: Refused | None = None
    """Why nothing is placed for now; an edit of the job, a grant or the catalogue is reason to try at once."""
    untold: deque[Mapping[str, object]] = field(default_factory=lambda: deque(maxlen=MAX_UNTOLD))
    """Events that are still to be sent, oldest first: the API server did not take them when the status was written."""
    counted: tuple[int, int] | None = None
    """Chunks done and failed as the metrics know them; None before its storage was first read."""

    def act(self) -> None:
        """Its turn was acted on: what is known of it is old, and only its Jobs tell what it has in the pools."""
        self.load = None
        if self.turn is not None:
            self.turn = replace(self.turn, acted_on=True)

    def wait(self, error: Exception) -> None:
        """Makes waiting for what was away the job's step: nothing is asked for until it is reconciled again."""
        self.stirred = True
        if self.turn is not None:
            reason, said = _reason(error), f"{error}; {self._again(error)}"
            standing = JobStanding.STUCK if reason is Reason.OPERATOR_TOO_OLD else JobStanding.GOING
            self.turn = Turn(self.turn.seen, Step(self.turn.step.phase, standing, reason, said))

    def hold_back(self, now: datetime) -> None:
        """Lets nothing be asked for while the API server is not to be asked again."""
        if self.refused is not None and now < self.refused.until and self.turn and self.turn.step.request:
            self.wait(self.refused.error)

    def fail(self, refused: JobRefused) -> None:
        """Makes the refusal the end of the job."""
        if self.turn is not None:
            self.turn = Turn(self.turn.seen, Step(JobPhase.FAILED, JobStanding.FAILED, refused.reason, str(refused)))

    def _again(self, error: Exception) -> str:
        if isinstance(error, DocumentError) and error.newer:
            return "upgrade the operator, until then nothing is started"
        if self.refused is None or error is not self.refused.error:
            return "it is tried again"
        until = self.refused.until.isoformat(timespec="seconds")
        return f"a quota, a role or an admission policy may have to be changed; next retry at {until}"

    @property
    def over(self) -> bool:
        """Whether the job has ended, and nothing of it runs any more."""
        if self.judged is not None and self.judged.job is None:
            return self.judged.final
        turn = self.turn
        return turn is not None and turn.step.standing.final and not turn.seen.live()


def _reason(error: Exception) -> Reason:
    """Why a job waits, by what stood in its way."""
    if isinstance(error, MintingError | WorkerError):
        return error.reason
    if isinstance(error, KubeForbidden | KubeRefused):
        return Reason.NOT_ADMITTED
    if isinstance(error, DocumentError):
        return Reason.OPERATOR_TOO_OLD if error.newer else Reason.DEFECT
    return Reason.SERVICE_AWAY


Jobs = dict[str, Known]
"""By uid."""
