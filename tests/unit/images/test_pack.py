"""The pack of a chunk's images: the same bytes for the same images, and no harm from a hostile one."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridface_worker.contract.errors import InputRefused
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.images.pack import Pack, Packer

PARTS = st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=120)
PATHS = st.lists(PARTS.filter(lambda part: part not in (".", "..")), min_size=1, max_size=3).map("/".join)


def packed(path, files):
    with Packer(path) as packer:
        for name, data in files.items():
            packer.add(name, data)
    return path.read_bytes()


def hostile(*entries):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name, kind, data in entries:
            member = tarfile.TarInfo(name)
            member.type, member.size, member.linkname = kind, len(data), "/etc/passwd"
            tar.addfile(member, io.BytesIO(data))
    return io.BytesIO(file.getvalue())


def names(data):
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return tar.getnames()


@given(files=st.dictionaries(PATHS, st.binary(max_size=2000), max_size=6), data=st.data())
def test_what_was_packed_comes_back_in_whatever_order_it_is_asked_for(tmp_path_factory, files, data):
    whole = packed(tmp_path_factory.mktemp("pack") / "a.tar", files)
    assert names(whole) == list(files)
    pack = Pack(io.BytesIO(whole))
    for name in data.draw(st.permutations([*files, *files])):
        assert pack.read(name) == files[name]


class Counting(io.BytesIO):
    walked = 0

    def read(self, size=-1):
        self.walked += len(data := super().read(size))
        return data


def test_files_that_are_asked_for_in_their_order_are_read_once(tmp_path):
    files = {f"{number}.png": bytes([number]) * 700 for number in range(50)}
    file = Counting(packed(tmp_path / "a.tar", files))
    pack = Pack(file)
    assert [pack.read(name) for name in files] == list(files.values())
    assert file.walked <= len(file.getvalue())


def test_the_same_images_give_the_same_bytes(tmp_path):
    files = {"a/b.png": b"1" * 1000, "ü" * 150 + ".jpg": b"2"}
    assert packed(tmp_path / "one.tar", files) == packed(tmp_path / "two.tar", files)


def test_members_say_nothing_of_time_place_or_person(tmp_path):
    packed(tmp_path / "a.tar", {"x.png": b"1"})
    with tarfile.open(tmp_path / "a.tar") as tar:
        (member,) = tar.getmembers()
    assert (member.mtime, member.uid, member.gid, member.uname, member.gname, member.mode) == (0, 0, 0, "", "", 0o644)


def test_an_empty_pack_is_a_pack(tmp_path):
    assert names(packed(tmp_path / "a.tar", {})) == []


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../up", "a/../../up", "a//b", "./a", "a/", "a\0b"])
def test_a_path_that_leads_elsewhere_is_never_packed(tmp_path, path):
    with Packer(tmp_path / "a.tar") as packer, pytest.raises(ValueError, match="relative path"):
        packer.add(path, b"")


def test_a_name_is_packed_once(tmp_path):
    with Packer(tmp_path / "a.tar") as packer:
        packer.add("a", b"1")
        with pytest.raises(ValueError, match="already"):
            packer.add("a", b"2")


@pytest.mark.parametrize(
    "entry",
    [
        ("/etc/passwd", tarfile.REGTYPE, b"x"),
        ("../up", tarfile.REGTYPE, b"x"),
        ("link", tarfile.SYMTYPE, b""),
        ("link", tarfile.LNKTYPE, b""),
        ("device", tarfile.CHRTYPE, b""),
        ("pipe", tarfile.FIFOTYPE, b""),
        ("folder", tarfile.DIRTYPE, b""),
    ],
)
def test_members_that_we_never_write_are_refused(entry):
    with pytest.raises(InputRefused) as refused:
        Pack(hostile(entry, ("good", tarfile.REGTYPE, b"1"))).read("good")
    assert refused.value.reason is Reason.VERIFY_FAILED


def test_two_members_of_one_name_are_refused():
    with pytest.raises(InputRefused, match="twice"):
        Pack(hostile(("a", tarfile.REGTYPE, b"1"), ("a", tarfile.REGTYPE, b"2"))).read("b")


def test_a_member_that_is_not_there_is_named(tmp_path):
    data = packed(tmp_path / "a.tar", {"a": b"1"})
    with pytest.raises(InputRefused, match="'b'"):
        Pack(io.BytesIO(data)).read("b")


@pytest.mark.parametrize("length", [0, 100, 511, 513, 700, 1500, 2000, 2100])
def test_a_pack_that_was_cut_is_refused(tmp_path, length):
    data = packed(tmp_path / "a.tar", {"a": b"1" * 1000, "b": b"2" * 1000})
    with pytest.raises(InputRefused):
        Pack(io.BytesIO(data[:length])).read("b")


@given(st.binary(max_size=1200))
def test_garbage_is_refused(garbage):
    with pytest.raises(InputRefused):
        Pack(io.BytesIO(garbage)).read("a")
