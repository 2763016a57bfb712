"""What containers hold beside the picture: kept, or named with the reason."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import pytest

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.reasons import Reason
from support.beside import with_makers_boxes
from support.clip_boxes import SPHERICAL, clean_aperture, put_into_entry
from support.clip_writer import Video, audio, cover, data_track, subtitles, write_clip
from support.clips import BESIDE, clip
from support.h264_messages import CAPTIONS, ENHANCEMENT, RECORDER, with_messages
from support.merging import Probed, chapters, described, encode, encoding_of, merge, other_packets, round_trip


def payloads(path, video):
    return [[payload for _, _, payload in packets] for packets in other_packets(path, video).values()]


@pytest.mark.parametrize("name", sorted(BESIDE))
def test_in_its_own_container_everything_is_kept(trip, name):
    source, result = trip(name).source, trip(name).result
    assert [note for note in trip(name).notes if note.reason is not Reason.TRACK_NOT_SWAPPED] == []
    assert result.samples() == source.samples()
    assert payloads(result.path, result.info.stream) == payloads(source.path, source.info.stream)
    assert described(result.path) == described(source.path)
    assert chapters(result.path) == chapters(source.path)
    assert result.info.pixel_format == source.info.pixel_format


@pytest.mark.parametrize(
    ("name", "container"),
    [
        ("cfr", "mov"),
        ("edit_list", "mkv"),
        ("vp9_webm", "mp4"),
        ("vp9_webm", "mkv"),
        ("av1_webm", "mp4"),
        ("mov_timescale_600", "mp4"),
        ("chapters", "mp4"),
        ("chapters_mp4", "mkv"),
        ("cover_art", "mkv"),
        ("timecode", "mp4"),
        ("silent_start", "mp4"),
        ("rotated_90", "mkv"),
        ("sar_4_3", "mkv"),
        ("hdr10_static", "mkv"),
        ("full_range", "mkv"),
    ],
)
def test_another_container_keeps_everything_that_it_can_count(trip, name, container):
    source, result = trip(name, container=container).source, trip(name, container=container).result
    assert [note for note in trip(name, container=container).notes if note.reason is not Reason.TRACK_NOT_SWAPPED] == []
    assert result.samples() == source.samples()
    assert list(result.index.pts * result.info.time_base) == list(source.index.pts * source.info.time_base)
    assert payloads(result.path, result.info.stream) == payloads(source.path, source.info.stream)
    assert chapters(result.path) == chapters(source.path)


def test_matroska_says_how_far_it_moved_timestamps(trip):
    (note,) = trip("first_pts_not_0", container="mkv").notes
    assert note.reason is Reason.TIMESTAMPS_ROUNDED
    assert "0.500 ms" in note.message


@pytest.mark.parametrize(
    ("name", "container", "named", "instead"),
    [
        ("two_audio_one_subtitle", "mp4", "Track 3, subtitle", "mkv"),
        ("two_audio_one_subtitle_mp4", "mkv", "Track 3, subtitle mov_text", "mp4 or mov"),
        ("cover_art", "mov", "Track 1, cover art mjpeg", "mp4 or mkv"),
        ("timecode", "mkv", "Track 1, timecode", "mp4 or mov"),
        ("pcm_mkv", "mp4", "Track 1, audio pcm_s16le (eng)", "mov or mkv"),
    ],
)
def test_a_track_that_the_container_cannot_hold_is_named_and_where_it_could_be(trip, name, container, named, instead):
    (note,) = trip(name, container=container).notes
    assert note.reason is Reason.TRACK_NOT_COPYABLE
    assert named in note.message
    assert f"Choose {instead} in spec.output.video.container to keep it." in note.message


@pytest.mark.parametrize("container", ["mp4", "mov", "mkv"])
def test_a_track_of_data_that_nobody_could_read_any_more_is_left_out_and_named(tmp_path, container):
    source = tmp_path / "clip.mp4"
    write_clip(source, Video(), 5, tracks=(data_track,))
    source.write_bytes(source.read_bytes().replace(b"gpmd", b"mebx"))
    trip = round_trip(source, 64, tmp_path, container=container)
    (note,) = trip.notes
    assert "Track 1, data of an unknown codec" in note.message
    assert note.message.endswith(f"{container} cannot hold it. No container that is written here can.")
    assert [kind for kind, *_ in described(trip.result.path)] == ["video"]


def test_faces_beside_the_swapped_video_are_warned_of(tmp_path):
    (warning,) = round_trip(clip("cover_art", 5), 64, tmp_path).notes
    assert warning.reason is Reason.TRACK_NOT_SWAPPED
    assert warning.message.startswith("Track 1, cover art mjpeg, is copied as it is, with every face that it shows")
    probed = Probed.of(clip("cover_art", 5))
    encoding = encoding_of(probed)
    merge(probed, encoding, encode(probed, encoding, 64, tmp_path), tmp_path, "fail")


def test_tags_that_are_no_utf8_come_through_byte_by_byte_and_can_be_told_of(tmp_path):
    source = tmp_path / "clip.mkv"
    video = Video(metadata={"title": "FENSTER"}, time_base=Fraction(1, 1000))
    write_clip(source, video, 5, tracks=(audio("pcm_s16le", title="TUEREN"),), chapters=True)
    data = source.read_bytes().replace(b"FENSTER", b"F\xe4NSTER").replace(b"TUEREN", b"T\xfcEREN")
    source.write_bytes(data.replace(b"First", b"\xc4rste"))
    assert round_trip(source, 64, tmp_path).notes == ()
    written = (tmp_path / "merged.mkv").read_bytes()
    assert all(tag in written for tag in (b"F\xe4NSTER", b"T\xfcEREN", b"\xc4rste"))
    (note,) = round_trip(source, 64, tmp_path, container="mp4").notes
    assert "(T\N{REPLACEMENT CHARACTER}EREN)" in note.model_dump_json()


def test_a_track_that_cannot_be_copied_fails_where_that_is_asked_for(tmp_path):
    probed = Probed.of(clip("cover_art"))
    encoding = encoding_of(probed, container="mov")
    with pytest.raises(InputRefused, match="Track 1, cover art") as refused:
        merge(probed, encoding, encode(probed, encoding, 64, tmp_path), tmp_path, "fail")
    assert refused.value.reason is Reason.TRACK_NOT_COPYABLE


def cover_picture():
    with av.open(io.BytesIO(), "w", format="mp4") as output:
        return cover(output, 1)[0]


def tags(path):
    with av.open(str(path)) as container:
        return dict(container.metadata)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_tags_of_the_file_are_kept(tmp_path, suffix):
    given = {"title": "Spring", "comment": "take 3", "creation_time": "2026-03-01T10:00:00.000000Z"}
    given |= {"com.apple.quicktime.make": "Camera & Sons"}
    source = tmp_path / f"clip{suffix}"
    write_clip(
        source,
        Video(),
        5,
        metadata=given,
        container_options={"movflags": "use_metadata_tags"} if suffix != ".mkv" else {},
    )
    read = {name.lower(): value for name, value in tags(round_trip(source, 64, tmp_path).result.path).items()}
    assert given.items() <= read.items()


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize("container", ["mp4", "mov", "mkv"])
def test_each_tag_is_kept_whichever_else_there_are(tmp_path, suffix, container):
    given = {name: f"the {name}" for name in ("title", "composer", "description", "lyrics", "synopsis")}
    source = tmp_path / f"clip{suffix}"
    options = {"movflags": "use_metadata_tags"} if suffix == ".mov" else {}
    write_clip(source, Video(), 5, metadata=given, container_options=options)
    read = tags(round_trip(source, 64, tmp_path, container=container).result.path)
    assert given.items() <= {name.lower(): value for name, value in read.items()}.items()


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize("container", ["mp4", "mov", "mkv"])
def test_titles_of_tracks_are_kept(tmp_path, suffix, container):
    source = tmp_path / f"clip{suffix}"
    write_clip(source, Video(metadata={"title": "Camera"}), 5, tracks=(audio(title="Main, später"),))
    result = round_trip(source, 64, tmp_path, container=container).result
    assert [title for *_, title in described(result.path)] == ["Camera", "Main, später"]


def test_figures_about_packets_are_those_of_the_result(tmp_path):
    source = tmp_path / "clip.mkv"
    stale = {"BPS": "1", "DURATION-eng": "09:00:00.000", "NUMBER_OF_FRAMES-eng": "7", "_STATISTICS_TAGS-eng": "BPS"}
    write_clip(source, Video(metadata={**stale, "shot-by": "us"}), 5)
    with av.open(str(round_trip(source, 64, tmp_path).result.path)) as container:
        written = dict(container.streams.video[0].metadata)
    assert written.pop("SHOT-BY", None) or written.pop("shot-by", None) == "us"
    assert set(written) <= {"DURATION", "ENCODER"}


@pytest.mark.parametrize("container", ["mp4", "mov", "mkv"])
def test_a_chapter_without_a_title_is_one_all_the_same(tmp_path, container):
    source = tmp_path / "clip.mkv"
    write_clip(source, Video(time_base=Fraction(1, 1000)), 50, chapters=True)
    source.write_bytes(source.read_bytes().replace(b"First", b"\0\0\0\0\0"))
    result = round_trip(source, 64, tmp_path, container=container).result
    assert [(start, title) for start, _, title in chapters(result.path)] == [(0.0, ""), (1.0, "Second")]


def test_what_pictures_carry_and_an_encoder_does_not_is_named(tmp_path):
    source = tmp_path / "clip.mp4"
    write_clip(source, Video(options={"preset": "ultrafast", "x264-params": "frame-packing=3"}), 5)
    assert round_trip(source, 64, tmp_path).notes == ()
    (note,) = round_trip(source, 64, tmp_path, encoder="libx265").notes
    assert note.reason is Reason.METADATA_NOT_KEPT
    assert "stereoscopic arrangement" in note.message


@pytest.mark.parametrize(
    ("added", "named"),
    [
        (SPHERICAL, ["spherical projection"]),
        (clean_aperture(300, 200), ["clean aperture (clap)"]),
        (clean_aperture(320, 240), []),
    ],
)
def test_what_a_container_says_of_pictures_and_cannot_be_written_is_named(tmp_path, added, named):
    source = tmp_path / "clip.mp4"
    write_clip(source, Video(), 5)
    put_into_entry(source, added)
    notes = round_trip(source, 64, tmp_path).notes
    assert [note.reason for note in notes] == [Reason.METADATA_NOT_KEPT] * len(named)
    assert all(name in note.message for name, note in zip(named, notes, strict=True))


def test_boxes_that_no_demuxer_hands_on_are_named_one_by_one(tmp_path):
    (note,) = round_trip(with_makers_boxes(tmp_path), 64, tmp_path).notes
    assert note.reason is Reason.METADATA_NOT_KEPT
    assert note.message.endswith(": box moov/udta/GPMF, box uuid.")


def test_what_libraries_have_no_name_for_is_named_and_hides_nothing(tmp_path):
    source = tmp_path / "clip.mp4"
    write_clip(source, Video(), 5, edit=with_messages(ENHANCEMENT, CAPTIONS, RECORDER))
    trip = round_trip(source, 64, tmp_path)
    assert trip.source.info.closed_captions
    assert trip.result.info.closed_captions
    (note,) = trip.notes
    assert note.reason is Reason.METADATA_NOT_KEPT
    assert "enhancement layer (LCEVC)" in note.message
    assert "user data SEI" in note.message


def test_cover_art_goes_before_tags_that_mp4_holds_only_without_it(tmp_path):
    source = tmp_path / "clip.mkv"
    write_clip(source, Video(), 5, metadata={"title": "Spring", "reel": "A7"})
    with_cover = tmp_path / "cover.mkv"
    with av.open(str(source)) as read, av.open(str(with_cover), "w") as output:
        output.metadata.update(read.metadata)
        copy = output.add_stream_from_template(read.streams.video[0], opaque=True)
        output.add_attachment("cover.jpg", "image/jpeg", bytes(cover_picture()))
        for packet in read.demux(video=0):
            if packet.size:
                packet.stream = copy
                output.mux(packet)
    trip = round_trip(with_cover, 64, tmp_path, container="mp4")
    note, warning = trip.notes
    assert "reel" in note.message.lower()
    assert warning.reason is Reason.TRACK_NOT_SWAPPED
    assert tags(trip.result.path)["title"] == "Spring"
    assert [kind for kind, *_ in described(trip.result.path)] == ["video", "video"]


def test_attachments_of_matroska_are_kept_and_named_elsewhere(tmp_path):
    source = tmp_path / "clip.mkv"
    with av.open(str(source), "w") as output:
        stream = output.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        output.add_attachment("font.ttf", "application/x-truetype-font", bytes(range(200)))
        for _ in range(3):
            output.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        output.mux(stream.encode(None))
    with av.open(str(round_trip(source, 64, tmp_path).result.path)) as container:
        (font,) = container.streams.attachments
        assert (font.name, font.mimetype, font.data) == ("font.ttf", "application/x-truetype-font", bytes(range(200)))
    (note,) = round_trip(source, 64, tmp_path, container="mp4").notes
    assert "Track 1, attachment" in note.message


@pytest.mark.parametrize(("encoder", "container"), [("libvpx-vp9", "mkv"), ("libsvtav1", "webm"), ("ffv1", "mkv")])
def test_the_aspect_ratio_is_kept_by_codecs_that_have_none(tmp_path, encoder, container):
    trip = round_trip(clip("sar_4_3", 5), 64, tmp_path, encoder=encoder, container=container, quality="lossless")
    assert trip.result.info.sample_aspect_ratio == trip.source.info.sample_aspect_ratio == pytest.approx(4 / 3)
    assert trip.result.samples() == trip.source.samples()


def test_several_tracks_of_webm_are_kept(tmp_path):
    source = tmp_path / "clip.webm"
    video = Video("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8"})
    tracks = (audio("libopus"), audio("libopus", language="fra"), subtitles("webvtt"))
    write_clip(source, video, 30, tracks=tracks)
    result = round_trip(source, 64, tmp_path).result
    assert described(result.path) == described(source)
    assert payloads(result.path, result.info.stream) == payloads(source, 0)


def test_mp4_can_be_played_while_it_is_fetched(trip):
    head = trip("cfr").result.path.read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")
