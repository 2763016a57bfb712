"""inswapper_128 and its exports: from the target's crop and the source's embedding to the swapped crop.

The model is insightface's; pre- and postprocessing follow `insightface.model_zoo.inswapper`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from hybridface_worker.contract.spec import ModelRef
from hybridface_worker.inference.batching import run_batch
from hybridface_worker.inference.onnx_parts import last_initializer
from hybridface_worker.inference.pixels import pixels, planes
from hybridface_worker.inference.session import SessionOptions
from hybridface_worker.inference.signature import Wanted, mismatch, open_model

from .protocol import Crops, Source

SIZE, WIDTH = 128, 512

Latent = npt.NDArray[np.float32]


class InSwapper:
    """A swapper that takes the source's embedding. Equal crops give equal results in any batch."""

    size = SIZE
    needs_embedding = True

    def __init__(self, model: ModelRef, file: Path, options: SessionOptions) -> None:
        """Raises TaskError where the file is something else."""
        crop = Wanted((None, 3, SIZE, SIZE))
        self._session = open_model(
            model,
            file,
            options=options,
            inputs=[Wanted(crop.shape, name="target"), Wanted((None, WIDTH), name="source")],
            outputs=[crop],
        )
        found = last_initializer(file, (WIDTH, WIDTH))
        if found is None:
            raise mismatch(
                model,
                f"expected the map of embeddings, an initializer [{WIDTH}, {WIDTH}]; found none: "
                "exporters that drop what no node uses drop it too",
            )
        self._map = found
        self._latents: WeakKeyDictionary[Source, Latent] = WeakKeyDictionary()

    def swap(self, crops: Crops, sources: Sequence[Source]) -> Crops:
        """The crops with the sources' faces."""
        if len(crops) == 0:
            return crops
        latents = np.stack([self._latent(source) for source in sources])
        (made,) = run_batch(self._session, {"target": planes(crops, scale=1 / 255), "source": latents})
        return pixels(made)

    def _latent(self, source: Source) -> Latent:
        """The unit embedding times the map, normalised: float32 [512]. It stays in memory."""
        known = self._latents.get(source)
        if known is None:
            if source.embedding is None:
                raise ValueError("inswapper is told a source by its embedding; this source has none")
            unit = source.embedding / np.linalg.norm(source.embedding)
            mapped = np.dot(unit.reshape(1, -1), self._map)
            known = self._latents[source] = (mapped / np.linalg.norm(mapped))[0]
        return known
