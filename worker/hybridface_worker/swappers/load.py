"""Which swapper a job's model reference names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hybridface_worker.contract.errors import LacksPlanError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import Blend, ModelRef
from hybridface_worker.inference.session import SessionOptions

from .blend.swapper import SIZE, BlendSwapper
from .identity import Identity
from .inswapper import InSwapper
from .marker import Marker
from .protocol import Swapper

BUILT_IN: dict[str, Callable[[SessionOptions, Blend], Swapper]] = {
    "blend": lambda options, blend: BlendSwapper(
        replace(options, threads=1), size=max(SIZE, blend.pixel_boost), colour_match=blend.colour_match
    ),
    "identity": lambda _options, _blend: Identity(),
    "marker": lambda _options, _blend: Marker(),
}
DEFAULT = Blend()

FORMATS: dict[str, Callable[[ModelRef, Path, SessionOptions], Swapper]] = {"inswapper": InSwapper}


def load_swapper(model: ModelRef, file: Path | None, options: SessionOptions, blend: Blend = DEFAULT) -> Swapper:
    """The swapper that the reference names, from its file; a built-in one has none.

    `blend`: how results are wanted, for swappers that handle size and colours themselves.

    Raises:
        LacksPlanError: this worker has no such swapper, or cannot read models of that format.
        TaskError: the file is no model of that format.
    """
    if model.format == "builtin" and model.name in BUILT_IN:
        return BUILT_IN[model.name](options, blend)
    if model.format in FORMATS and file is not None:
        return FORMATS[model.format](model, file, options)
    names, formats = ", ".join(sorted(BUILT_IN)), ", ".join(sorted(FORMATS))
    raise LacksPlanError(
        Reason.MODEL_NOT_FOUND,
        f"swapper {model.name} (format {model.format}) cannot be run by this worker; built in are {names}, "
        f"and files of the format {formats} are read",
    )
