"""Between detection and smoothing, if people are looked for: compares each face with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import av

from hybridface_worker.picture.picture import Picture
from hybridface_worker.picture.view import View
from hybridface_worker.pipeline.channel import Channel
from hybridface_worker.pipeline.people import People

from .messages import Frame, RunEnd


class Recognising:
    """Fills in the likeness of every detected face, frame by frame."""

    def __init__(
        self,
        people: People,
        view: View,
        picture_of: Callable[[av.VideoFrame], Picture],
        out: Channel[Frame | RunEnd],
    ) -> None:
        self._people = people
        self._view = view
        self._picture_of = picture_of
        self._out = out

    def run(self, arriving: Iterable[Frame | RunEnd]) -> None:
        """Handles all messages, then closes the output."""
        for message in arriving:
            if isinstance(message, Frame) and message.faces:
                with message.timing("recognise"):
                    message.faces = self._people.told(self._picture_of(message.pixels), self._view, message.faces)
            self._out.put(message)
        self._out.finish()
