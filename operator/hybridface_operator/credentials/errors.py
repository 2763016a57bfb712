"""What stands in the way of credentials. The class says who has to act."""

from __future__ import annotations

from typing import ClassVar

from hybridface_operator.errors import OperatorError
from hybridface_worker.contract.reasons import Reason


class MintingError(OperatorError):
    """No credentials. `reason` is the code for conditions and events."""

    reason: ClassVar[Reason] = Reason.DEFECT


class StsAwayError(MintingError):
    """The service did not answer, or was not able to: it is tried again."""

    reason = Reason.SERVICE_AWAY


class ParentKeyError(MintingError):
    """The parent key is not there, is not accepted, or may do too much. Jobs wait until an administrator has acted."""

    reason = Reason.SERVICE_AWAY


class PolicyRefusedError(MintingError):
    """The service does not take the session policy that we built: a defect of ours."""
