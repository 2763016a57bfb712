"""Which swapper a job's model reference names."""

from __future__ import annotations

from collections.abc import Callable

from hybridface_worker.contract.errors import LacksPlanError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import ModelRef

from .blend.swapper import BlendSwapper
from .identity import Identity
from .marker import Marker
from .protocol import Swapper

BUILT_IN: dict[str, Callable[[], Swapper]] = {"blend": BlendSwapper, "identity": Identity, "marker": Marker}


def load_swapper(model: ModelRef) -> Swapper:
    """The swapper that the reference names.

    Raises:
        LacksPlanError: this worker has no such swapper, or cannot read models of that format.
    """
    if model.format == "builtin" and model.name in BUILT_IN:
        return BUILT_IN[model.name]()
    names = ", ".join(sorted(BUILT_IN))
    raise LacksPlanError(
        Reason.MODEL_NOT_FOUND,
        f"swapper {model.name} (format {model.format}) cannot be run by this worker; built in are {names}",
    )
