"""Models whose one input is pictures: opened, checked by their shapes, and run in batches of any size."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hybridface_worker.contract.spec import ModelRef

from .batching import Array, run_batch
from .session import SessionOptions
from .signature import Wanted, open_model


class PictureModel:
    """One input, whatever its name. One instance may be used from several threads."""

    def __init__(
        self, model: ModelRef, file: Path, options: SessionOptions, *, takes: Wanted, gives: Sequence[Wanted]
    ) -> None:
        """Raises TaskError where the file is something else."""
        session = open_model(model, file, options=options, inputs=[takes], outputs=gives)
        (self._input,) = session.inputs
        self._session = session

    @property
    def shape(self) -> tuple[int | None, ...]:
        """Of its input, as the file declares it."""
        return self._input.shape

    def run(self, pictures: Array) -> list[Array]:
        """The outputs, in order, for pictures [N, ...], N >= 1, as `run_batch` gives them."""
        return run_batch(self._session, {self._input.name: pictures})
