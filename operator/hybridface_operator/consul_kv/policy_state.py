"""Which policy is in force, and why a newer one is not. Observations in, states out: no clock, no network.

The last good policy stays in force whatever happens to the document or to Consul. Without any ever seen there is none,
and whoever decides uses private pools only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.policy.load import parse_policy
from hybridface_operator.policy.policy import Policy
from hybridface_operator.policy.types import Moment, moment, written
from hybridface_operator.spec.problems import SpecError
from hybridface_worker.contract.document import Document
from hybridface_worker.contract.fields import Count
from hybridface_worker.contract.reasons import Reason

from .answer import Entry
from .observation import Away, Hidden, Observation, Seen

_LINES_OF_A_REFUSAL = 8


class KeptPolicy(Document):
    """The last good policy, as it is kept across restarts."""

    policy: Policy
    """The document."""
    revision: Count
    """Consul's index when it was written."""
    accepted_at: Moment
    """Since when it is in force."""


@dataclass(frozen=True)
class Refusal:
    """Why what Consul holds is not in force."""

    reason: Reason
    """`PolicyRefused` for a document that does not validate, `NoPolicy` where there is none to be seen."""
    message: str
    at: datetime
    """When it was first refused."""
    revision: int | None = None
    """The index of the document; None where there is none."""


@dataclass(frozen=True)
class PolicyState:
    """What is known of the policy."""

    policy: Policy | None = None
    """In force; None where no good one was ever seen."""
    sha256: str = ""
    """The digest of its canonical encoding."""
    revision: int = 0
    """Consul's index when it was written."""
    accepted_at: datetime | None = None
    """Since when it is in force."""
    refused: Refusal | None = None
    """Set while Consul holds something else than what is in force, or hides it."""
    away: str = ""
    """Why Consul cannot be heard; empty while it can."""
    last_contact: datetime | None = None
    """When it was last heard."""

    @property
    def connected(self) -> bool:
        """Whether Consul was heard when it was last asked."""
        return self.last_contact is not None and not self.away

    def kept(self) -> KeptPolicy | None:
        """What has to survive a restart."""
        if self.policy is None or self.accepted_at is None:
            return None
        return KeptPolicy(policy=self.policy, revision=self.revision, accepted_at=written(self.accepted_at))


def restored(kept: KeptPolicy) -> PolicyState:
    """The state at the start: what was in force stays so until something better is seen."""
    accepted_at = moment(kept.accepted_at)
    return PolicyState(kept.policy, kept.policy.digest(), kept.revision, accepted_at)


def observed(state: PolicyState, observation: Observation, key: str, inventory: Inventory) -> PolicyState:
    """The state after an observation of the policy's key."""
    if isinstance(observation, Away):
        return replace(state, away=observation.why)
    state = replace(state, away="", last_contact=observation.at)
    if isinstance(observation, Hidden):
        message = f"the policy is hidden: {observation.why}; give the operator's token key:read on {key}"
        return _refuse(state, Refusal(Reason.NO_POLICY, message, observation.at))
    if isinstance(observation, Seen):
        return _judged(state, observation.entries.get(key), observation.at, key, inventory)
    return state


def _judged(state: PolicyState, entry: Entry | None, at: datetime, key: str, inventory: Inventory) -> PolicyState:
    if entry is None:
        return _refuse(state, Refusal(Reason.NO_POLICY, f"there is no document at {key}; publish one", at))
    if not entry.value:
        message = f"the document at {key} is empty; publish one"
        return _refuse(state, Refusal(Reason.NO_POLICY, message, at, entry.modify_index))
    try:
        policy = parse_policy(entry.value, key, inventory)
    except SpecError as error:
        return _refuse(state, Refusal(Reason.POLICY_REFUSED, _brief(error), at, entry.modify_index))
    sha256 = policy.digest()
    same = state.policy is not None and state.sha256 == sha256
    return replace(
        state,
        policy=state.policy if same else policy,
        sha256=sha256,
        revision=entry.modify_index,
        accepted_at=state.accepted_at if same else at,
        refused=None,
    )


def _refuse(state: PolicyState, refusal: Refusal) -> PolicyState:
    """The same refusal seen again is still the first one, so that nobody reports it twice."""
    if state.refused and replace(refusal, at=state.refused.at) == state.refused:
        return state
    return replace(state, refused=refusal)


def _brief(error: SpecError) -> str:
    """A document can be wrong in a thousand places; conditions and events are read by people."""
    first = [str(problem) for problem in error.problems[:_LINES_OF_A_REFUSAL]]
    more = len(error.problems) - len(first)
    return "\n".join(first + ([f"and {more} more"] if more else []))
