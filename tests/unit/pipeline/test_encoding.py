"""The stage that encodes: what it has left in scratch of a chunk that does not come about goes with it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import pytest

from hybridface_worker.contract.plan import ChunkRef
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.media.encode import EncodedChunk
from hybridface_worker.pipeline.bounded import Bound
from hybridface_worker.pipeline.channel import Channel, StoppedError
from hybridface_worker.pipeline.committing import Encoded
from hybridface_worker.pipeline.meter import Meter
from hybridface_worker.pipeline.schedule import Span
from hybridface_worker.pipeline.span_work import SpanWork
from hybridface_worker.pipeline.video.encoding import Encoding
from hybridface_worker.pipeline.video.messages import SpanEnd, Swapped

CHUNK = ChunkRef(source="a", target="t", unit="v000000", start=0, end=3)
BROKEN = 1


class Encoder:
    """Writes a file, and nothing of the frames."""

    def __init__(self, path):
        self._path = path
        self._frames = 0
        path.write_bytes(b"head")

    def encode(self, _number, _pixels):
        self._frames += 1

    def finish(self):
        return EncodedChunk(self._path, "0" * 64, self._frames, "1" * 64)

    def close(self):
        pass


def stage(scratch: Path, out: Channel[Encoded], *, keep: bool) -> Encoding:
    meter = Meter()
    return Encoding(
        Encoder,  # type: ignore[arg-type]  # a stand-in
        scratch,
        lambda start, end: Fraction(end - start, 25),
        keep_concealed=keep,
        batch=Bound("swap", 1, meter),
        meter=meter,
        progress=lambda _frames: None,
        out=out,
    )


def arriving(work: SpanWork) -> Iterator[Swapped]:
    for number in range(3):
        yield Swapped(work, "a", number, av.VideoFrame(16, 16), 1, number == BROKEN)


def work() -> SpanWork:
    return SpanWork(Span("t", "v000000", 0, 3, (CHUNK,)))


@pytest.mark.parametrize("keep", [True, False])
def test_a_chunk_with_a_frame_that_does_not_decode_keeps_its_file_only_where_it_is_kept(tmp_path, keep):
    out, whole = Channel[Encoded](2), work()
    stage(tmp_path, out, keep=keep).run([*arriving(whole), SpanEnd(whole)])

    ((result,),) = (encoded.results for encoded in out)
    assert result.concealed == (BROKEN,)
    if keep:
        assert (result.finding, result.frames) == (None, 3)
        assert result.path is not None
        assert result.path.exists()
    else:
        assert result.finding is not None
        assert result.finding.reason is Reason.DECODE_ERROR
        assert result.path is None
        assert not list(tmp_path.iterdir())


def test_an_error_in_a_stage_before_leaves_no_file_of_a_chunk_in_hand(tmp_path):
    def broken_off() -> Iterator[Swapped]:
        yield from arriving(work())
        raise StoppedError

    with pytest.raises(StoppedError):
        stage(tmp_path, Channel[Encoded](2), keep=True).run(broken_off())
    assert not list(tmp_path.iterdir())
