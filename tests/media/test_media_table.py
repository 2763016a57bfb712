"""Each row of docs/reference/media.md is what happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import av
import pytest

from hybridface_operator.planning.encoders import choose_encoding
from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.probe import Finding
from support.beside import attached, second_video, second_video_in_pairs, with_makers_boxes
from support.clip_captions import with_captions
from support.clip_writer import Video, cover, data_track, write_clip
from support.clips import clip
from support.clips_bad import REFUSED
from support.clips_odd import cropped, joined, with_headers
from support.h264_messages import ENHANCEMENT, RECORDER, with_messages
from support.merging import Probed, chapters, described, other_packets, round_trip
from support.odd_sound import early, in_pairs, sound, surround

PAGE = Path(__file__).parents[2] / "docs/reference/media.md"
FRAMES = 30
Check: TypeAlias = Callable[[Path], str]


def compared(path: Path, folder: Path, **wanted: Any) -> str:
    """`kept`, or the reasons of what was said about the result."""
    trip = round_trip(path, 64, folder, **wanted)
    said = [f"`{note.reason}`" for note in trip.notes]
    warned = [reason for reason in said if reason == "`TrackNotSwapped`"]
    if lost := [reason for reason in said if reason not in warned]:
        return " ".join(lost)
    source, result = trip.source, trip.result
    for tag in ("frames", "display_matrix", "sample_aspect_ratio", "colour", "hdr", "bit_depth", "closed_captions"):
        assert getattr(result.info, tag) == getattr(source.info, tag), tag
    assert seconds(result) == seconds(source)
    if wanted.get("quality", "lossless") == "lossless":
        assert result.samples() == source.samples()
    assert payloads(result) == payloads(source)
    assert chapters(result.path) == chapters(source.path)
    assert "container" in wanted or described(result.path) == described(source.path)
    return ", with ".join(["kept", *warned])


def seconds(probed: Probed) -> list[Fraction]:
    """When each frame begins, and when the last one ends."""
    ticks = [*probed.index.pts.tolist(), int(probed.index.pts[-1] + probed.index.durations[-1])]
    return [tick * probed.info.time_base for tick in ticks]


def payloads(probed: Probed) -> list[list[str]]:
    return [[packet[2] for packet in track] for track in other_packets(probed.path, probed.info.stream).values()]


def clips(*names: str, **wanted: Any) -> Check:
    def check(folder: Path) -> str:
        (outcome,) = {compared(clip(name, FRAMES), folder, **wanted) for name in names}
        return outcome

    return check


PLAIN = Video()


def made(suffix: str, video: Video = PLAIN, *, then: dict[str, Any] | None = None, **more: Any) -> Check:
    def check(folder: Path) -> str:
        source = folder / f"source.{suffix}"
        write_clip(source, video, 12, **more)
        return compared(source, folder, **(then or {}))

    return check


def probed_as_bad(*names: str) -> Check:
    def check(folder: Path) -> str:
        reasons = set()
        for name in names:
            spec = REFUSED[name]
            with pytest.raises(InputRefused) as refused:
                Probed.of(spec.make(folder / f"{name}{spec.suffix}"))
            reasons.add(refused.value.reason)
        (reason,) = reasons
        return f"refused: `{reason}`"

    return check


def planned(name: str, encoder: str = "auto", container: str = "same", **changed: Any) -> Check:
    def check(folder: Path) -> str:
        info = Probed.of(clip(name, FRAMES)).info.model_copy(update=changed)
        finding = choose_encoding(info, container, encoder, "high", {})
        assert isinstance(finding, Finding)
        return f"refused: `{finding.reason}`"

    return check


def font(**wanted: Any) -> Check:
    return lambda folder: compared(attached(folder, "font.ttf", "font/ttf", b"font" * 9), folder, **wanted)


def picture_beside_tags(folder: Path) -> str:
    with av.open(str(folder / "none.mp4"), "w") as output:
        data = bytes(cover(output, 1)[0])
    return compared(attached(folder, "cover.jpg", "image/jpeg", data), folder, container="mp4")


def file_tags(folder: Path) -> str:
    given = {"title": "Spring", "comment": "take 3", "reel": "A7"}
    source = folder / "source.mp4"
    write_clip(source, Video(), 5, metadata=given, container_options={"movflags": "use_metadata_tags"})
    source.write_bytes(source.read_bytes().replace(b"take 3", b"\xe4\xf6\xfc 3x"))
    with av.open(str(round_trip(source, 64, folder).result.path), metadata_errors="surrogateescape") as container:
        assert {**given, "comment": "\udce4\udcf6\udcfc 3x"}.items() <= container.metadata.items()
    return "kept"


def makers_boxes(folder: Path) -> str:
    return compared(with_makers_boxes(folder), folder)


def turned(folder: Path) -> str:
    """Mirrored, and turned by 90 degrees."""
    mirrored = folder / "mirrored.mp4"
    with av.open(str(clip("bframes", FRAMES))) as source, av.open(str(mirrored), "w") as output:
        copy = output.add_stream_from_template(source.streams.video[0], opaque=True)
        copy.set_display_matrix((-65536, 0, 0, 0, 65536, 0, 320 * 65536, 0, 1 << 30))
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = copy
                output.mux(packet)
    (outcome,) = {compared(path, folder) for path in (mirrored, clip("rotated_90", FRAMES))}
    return outcome


def window(folder: Path) -> str:
    return compared(cropped(folder, "cfr", left=6, right=2, top=2, bottom=4), folder)


def protected(folder: Path) -> str:
    path = folder / "protected.mp4"
    keys = {"encryption_key": "0" * 32, "encryption_kid": "1" * 32}
    write_clip(path, Video(), 5, container_options={"encryption_scheme": "cenc-aes-ctr", **keys})
    with pytest.raises(InputRefused, match="give one without copy protection") as refused:
        Probed.of(path)
    return f"refused: `{refused.value.reason}`"


def midway(folder: Path) -> str:
    """In either container, with and without frames that are shown in another order than stored."""
    outcomes = set()
    options = "keyint=6:scenecut=0:b-adapt=0:bframes="
    for suffix, encoder, frames_between in (("mkv", "x264", 0), ("mp4", "x264", 2), ("mkv", "x265", 0)):
        parameters = f"{options}{frames_between}" + (":log-level=none:pools=1" if encoder == "x265" else "")
        chosen = {"preset": "ultrafast", f"{encoder}-params": parameters}
        video = Video(f"lib{encoder}", chosen, time_base=Fraction(1, 1000))
        cut = folder / f"{encoder}.{suffix}"
        write_clip(cut, video, 18, edit=lambda packets: packets[1:])
        assert Probed.of(cut).info.frames == 12
        outcomes.add(compared(cut, folder))
    (outcome,) = outcomes
    return outcome


def changing(folder: Path) -> str:
    reasons = set()
    changes: list[dict[str, Any]] = [
        {"width": 160, "height": 120},
        {"attributes": {"color_range": 2}},
        {"attributes": {"sample_aspect_ratio": Fraction(4, 3)}},
    ]
    for change in changes:
        first = with_headers()
        with pytest.raises(InputRefused) as refused:
            Probed.of(joined(folder / "joined.mp4", first, replace(first, **change), frames=8))
        reasons.add(refused.value.reason)
    (reason,) = reasons
    return f"refused: `{reason}`"


def unheard(folder: Path) -> str:
    """What is before the beginning, but for the one packet that the first heard one overlaps."""
    source = folder / "source.mp4"
    write_clip(source, Video(), 12, tracks=(early,), container_options={"movie_timescale": "48000"})
    hidden = [is_hidden for is_hidden, _ in sound(source)]
    assert hidden.count(True) > 20
    result = round_trip(source, 64, folder, container="mkv").result
    assert [digest for _, digest in sound(result.path)] == [
        digest for (_, digest), following in zip(sound(source), [*hidden[1:], False], strict=True) if not following
    ]
    return compared(source, folder)


def shown_beside(folder: Path) -> str:
    outcomes = {compared(clip("cover_art", FRAMES), folder)}
    outcomes.add(compared(attached(folder, "page.webp", "image/webp", b"RIFF"), folder))
    (outcome,) = outcomes
    return outcome


def other_data(folder: Path) -> str:
    source = folder / "source.mov"
    write_clip(folder / "source.mp4", Video(), 12, tracks=(data_track,))
    (folder / "source.mp4").rename(source)
    source.write_bytes(source.read_bytes().replace(b"gpmd", b"mebx"))
    return compared(source, folder)


STEREO = Video(options={"preset": "ultrafast", "x264-params": "frame-packing=3"})

CHECKS: dict[str, Check] = {
    "constant and variable frame rate": clips("cfr", "vfr"),
    "B-frames, open GOPs, a single keyframe": clips("bframes", "open_gop", "one_keyframe"),
    "a first timestamp other than 0": clips("first_pts_not_0"),
    "H.264 and HEVC that were cut before a keyframe, so that leading frames lack their references": midway,
    "edit lists": clips("edit_list"),
    "a MOV timescale of 600": clips("mov_timescale_600"),
    "fragmented MP4": clips("fragmented"),
    "timestamps, into a container with a coarser timebase": clips("cfr", container="mkv"),
    "rotation and mirroring": turned,
    "cropping in the stream": window,
    "sample aspect ratio": clips("sar_4_3"),
    "colour range, primaries, transfer, matrix": clips("full_range", "hdr10_static"),
    "10 bits": clips("hevc_10bit"),
    "4:2:2 and 4:4:4": clips("yuv422p10", "yuv444p"),
    "gray and RGB": clips("gray", "gbrp"),
    "a pixel format that the encoder does not support, such as 10-bit VP9": planned("hevc_10bit", "libvpx-vp9"),
    "odd sizes": clips("odd_853x479", "odd_853x479_h264"),
    "odd sizes in 4:2:0 for H.264 or HEVC": planned("odd_853x479", "libx264", "mkv"),
    "static HDR (HDR10)": clips("hdr10_static"),
    "static HDR, into a codec without support for it": planned("hdr10_static", "ffv1", "mkv"),
    "dynamic HDR (HDR10+, Dolby Vision)": probed_as_bad("hdr10_plus"),
    "interlaced video": probed_as_bad("interlaced"),
    "transparency": probed_as_bad("alpha"),
    "closed captions in the video stream": made("mp4", edit=with_captions),
    "closed captions in the video stream, with another encoder": made(
        "mp4", then={"encoder": "libvpx-vp9", "quality": "high"}, edit=with_captions
    ),
    "size, pixel format, aspect ratio or colour description that changes mid-stream": changing,
    "H.264 frame packing (stereoscopic 3D)": made("mp4", STEREO),
    "frame packing, spherical projection, ICC profile, clean aperture, ambient light, AFD, timecodes in the stream, "
    "with other encoders": made("mp4", STEREO, then={"encoder": "libx265"}),
    "enhancement layers (LCEVC), user data in the stream": made("mp4", edit=with_messages(ENHANCEMENT, RECORDER)),
    "missing or duplicate timestamps": probed_as_bad("no_pts", "same_time_twice"),
    "other codecs": probed_as_bad("prores", "vp8"),
    "copy protection (DRM) on any track": protected,
    "audio": clips("cfr", "vp9_webm"),
    "audio that an edit list hides": unheard,
    "Matroska audio with several packets at the same timestamp, into MP4": made(
        "mkv", Video(time_base=Fraction(1, 1000)), tracks=(in_pairs,), then={"container": "mp4"}
    ),
    "PCM": clips("pcm_mov", "pcm_mkv"),
    "PCM from Matroska, into MP4": clips("pcm_mkv", container="mp4"),
    "PCM with more than two channels, into Matroska": made("mov", tracks=(surround,), then={"container": "mkv"}),
    "several audio tracks, languages, titles, dispositions": clips("two_audio_one_subtitle"),
    "a second video track": made("mkv", Video(time_base=Fraction(1, 1000)), tracks=(second_video,)),
    "a second Matroska video track with several packets at the same timestamp, into MP4": made(
        "mkv", Video(time_base=Fraction(1, 1000)), tracks=(second_video_in_pairs,), then={"container": "mp4"}
    ),
    "subtitles": clips("two_audio_one_subtitle", "two_audio_one_subtitle_mp4"),
    "subtitles, into a container that does not support their format": clips(
        "two_audio_one_subtitle", container="mp4", quality="medium"
    ),
    "chapters": clips("chapters", "chapters_mp4"),
    "timecode": clips("timecode"),
    "timecode, into Matroska": clips("timecode", container="mkv"),
    "data tracks": made("mp4", tracks=(data_track,)),
    "data tracks of other types, such as `mebx`": other_data,
    "data tracks, into other containers": made("mp4", tracks=(data_track,), then={"container": "mkv"}),
    "attachments such as fonts": font(),
    "attachments, into other containers": font(container="mp4"),
    "cover art and attached pictures": shown_beside,
    "cover art, into MOV": clips("cover_art", container="mov"),
    "file tags": file_tags,
    "vendor-specific MP4 and MOV boxes, XMP": makers_boxes,
    "non-standard MP4 tags together with cover art": picture_beside_tags,
}


def rows() -> dict[str, str]:
    """What becomes of each thing, as the page says."""
    tables = PAGE.read_text().split("## Pictures and times")[1].split("## Quality")[0]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in tables.splitlines() if line.startswith("| ")]
    return {cell[0]: cell[1] for cell in cells if cell[0] != "what"}


def test_every_row_has_a_test_and_every_test_a_row():
    assert list(rows()) == list(CHECKS)


@pytest.mark.parametrize("what", CHECKS)
def test_the_page_says_what_happens(tmp_path, what):
    assert CHECKS[what](tmp_path) == rows()[what]
