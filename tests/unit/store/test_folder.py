from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from hybridface_worker.contract.errors import (
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    StoreError,
    StoreRefusedError,
)
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.store.folder import FolderStore
from support.store_contract import StoreContract, files_in


@pytest.fixture
def root(tmp_path):
    return tmp_path / "root"


@pytest.fixture
def store(root, tmp_path):
    return FolderStore(root, metadata=tmp_path / "metadata")


class TestFolderStore(StoreContract):
    @pytest.fixture
    def recipe(self, tmp_path):
        return partial(FolderStore, tmp_path / "root", metadata=tmp_path / "metadata")


def test_an_object_is_a_plain_file_and_nothing_else_is_left_beside_it(store, root, tmp_path):
    (tmp_path / "file").write_bytes(b"two")
    store.write("a/one", b"one", metadata={"k": "v"})
    store.upload("a/two", tmp_path / "file", if_absent=True)
    assert files_in(root) == ["a/one", "a/two"]
    assert store.uri("a/one") == (root / "a/one").as_uri()


def test_the_whole_file_system_is_a_store(tmp_path):
    key = str(tmp_path / "file").removeprefix("/")
    FolderStore(Path("/")).write(key, b"x")
    assert (tmp_path / "file").read_bytes() == b"x"
    assert FolderStore(Path("/")).uri(key) == (tmp_path / "file").as_uri()
    assert [info.key for info in FolderStore(Path("/")).list(key)] == [key]


@pytest.mark.parametrize("shared", [True, False])
def test_reads_and_every_piece_of_an_upload_are_signs_of_life(root, tmp_path, monkeypatch, shared):
    def refused(*_: object) -> int:
        raise OSError(errno.EXDEV, "another file system")

    if not shared:
        monkeypatch.setattr(os, "copy_file_range", refused)
    signs: list[int] = []
    store = FolderStore(root, alive=lambda: signs.append(1))
    store.write("small", b"x")
    assert store.read("small") == b"x"
    assert len(signs) == 1
    data = os.urandom(17 * 2**20)
    (tmp_path / "file").write_bytes(data)
    store.upload("large", tmp_path / "file")
    assert len(signs) >= 4
    assert (root / "large").read_bytes() == data


def test_an_upload_of_which_a_part_did_not_arrive_is_none(store, root, tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"17 bytes of a mkv")
    monkeypatch.setattr(os, "copy_file_range", lambda *_: 0)
    with pytest.raises(StoreError, match="0 of 17 bytes arrived") as raised:
        store.upload("k", tmp_path / "file", metadata={"a": "b"})
    assert raised.value.reason is Reason.SERVICE_AWAY
    assert files_in(root) == []


def test_files_have_the_permissions_that_the_umask_leaves(store, root):
    store.write("k", b"")
    (root / "plain").touch()
    assert (root / "k").stat().st_mode == (root / "plain").stat().st_mode


def test_links_are_followed_when_reading(store, root, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").write_bytes(b"linked")
    root.mkdir()
    (root / "to-folder").symlink_to(tmp_path / "elsewhere")
    (root / "to-file").symlink_to(tmp_path / "elsewhere" / "file")
    (root / "to-itself").symlink_to(root / "to-itself")
    (root / "to-nothing").symlink_to(tmp_path / "nothing")
    (root / "to-root").symlink_to(root)
    assert [info.key for info in store.list("")] == ["to-file", "to-folder/file"]
    assert store.read("to-file") == store.read("to-folder/file") == b"linked"


def test_a_write_replaces_a_link_and_not_what_it_names(store, root, tmp_path):
    root.mkdir()
    (tmp_path / "original").write_bytes(b"original")
    (root / "link").symlink_to(tmp_path / "original")
    store.write("link", b"new")
    assert (tmp_path / "original").read_bytes() == b"original"
    assert store.read("link") == b"new"


def test_pipes_and_devices_are_no_objects(store, root):
    root.mkdir()
    os.mkfifo(root / "pipe")
    (root / "device").symlink_to("/dev/zero")
    assert list(store.list("")) == []
    for key in ("pipe", "device"):
        with pytest.raises(ObjectNotFoundError):
            store.read(key)
        with pytest.raises(ObjectNotFoundError):
            store.head(key)


def test_a_file_changed_in_place_is_another_version(store, root):
    etag = store.write("k", b"12345").etag
    os.utime(root / "k", ns=(0, 0))
    with pytest.raises(ObjectChangedError):
        store.read("k", if_match=etag)


def test_metadata_speaks_only_of_the_file_it_was_written_with(store, root):
    store.write("k", b"ours", metadata={"owner": "us"})
    (root / "k").write_bytes(b"theirs")
    assert store.head("k").metadata == {}


def test_metadata_goes_with_its_object(store, tmp_path):
    store.write("k", b"1", metadata={"n": "1"})
    store.write("k", b"2", metadata={"n": "2"})
    with pytest.raises(ObjectExistsError):
        store.write("k", b"3", metadata={"n": "3"}, if_absent=True)
    assert len(files_in(tmp_path / "metadata")) == 1
    store.delete("k")
    assert files_in(tmp_path / "metadata") == []


def test_a_crash_before_publishing_leaves_the_old_file_with_its_metadata(store, monkeypatch):
    store.write("k", b"old", metadata={"n": "old"})

    replace = Path.replace

    def crash_at_k(self, target):
        if target.name == "k":
            raise KeyboardInterrupt
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", crash_at_k)
        with pytest.raises(KeyboardInterrupt):
            store.write("k", b"new", metadata={"n": "new"})
    assert store.read("k") == b"old"
    assert store.head("k").metadata == {"n": "old"}
    assert [info.key for info in store.list("")] == ["k"]


def test_without_a_place_for_metadata_none_is_taken(root):
    with pytest.raises(ValueError, match="without a place"):
        FolderStore(root).write("k", b"", metadata={"a": "b"})
    assert files_in(root) == []


def test_a_name_that_is_not_utf8_is_refused_by_name(store, root):
    root.mkdir()
    (root / os.fsdecode(b"caf\xe9.png")).touch()
    with pytest.raises(StoreRefusedError, match=r"caf.*is not UTF-8; rename") as raised:
        list(store.list(""))
    assert raised.value.reason == Reason.INPUT_UNREADABLE


def test_a_file_or_folder_in_the_way_is_said_to_be(store):
    store.write("file", b"")
    store.write("folder/file", b"")
    for key in ("file/below", "folder"):
        for if_absent in (False, True):
            with pytest.raises(StoreRefusedError, match="in the way") as raised:
                store.write(key, b"", if_absent=if_absent)
            assert raised.value.reason == Reason.OUTPUT_NOT_WRITABLE


KILLED_IN_THE_MIDDLE = """
import sys
from pathlib import Path
from hybridface_worker.store.folder import FolderStore
FolderStore(Path(sys.argv[1])).upload("k", Path(sys.argv[2]))
"""


def test_a_writer_killed_in_the_middle_leaves_nothing_that_anybody_sees(store, root, tmp_path):
    os.mkfifo(tmp_path / "slow")
    writer = subprocess.Popen([sys.executable, "-c", KILLED_IN_THE_MIDDLE, root, tmp_path / "slow"])
    with (tmp_path / "slow").open("wb", buffering=0) as slow:
        slow.write(bytes(100_000))
        assert list(store.list("")) == []
        writer.kill()
        writer.wait()
    assert len(files_in(root)) == 1
    assert list(store.list("")) == []
    with pytest.raises(ObjectNotFoundError):
        store.head("k")
    (tmp_path / "whole").write_bytes(b"whole")
    store.upload("k", tmp_path / "whole")
    assert files_in(root) == ["k"]


def test_what_dead_writers_left_anywhere_below_a_folder_can_be_removed(store, root):
    store.write("a/b/whole", b"")
    (root / "a/b/.hybridface-0-dead.part").touch()
    (root / ".hybridface-0-elsewhere.part").touch()
    living = root / "a/.hybridface-0-alive.part"
    with living.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert store.abort_uploads("a/") == 1
    assert files_in(root) == [".hybridface-0-elsewhere.part", "a/.hybridface-0-alive.part", "a/b/whole"]


def test_what_a_living_writer_writes_is_left_alone(store, root, tmp_path):
    os.mkfifo(tmp_path / "slow")
    (tmp_path / "quick").write_bytes(b"quick")
    slow_upload = threading.Thread(target=store.upload, args=("k", tmp_path / "slow"))
    slow_upload.start()
    with (tmp_path / "slow").open("wb", buffering=0) as slow:
        slow.write(b"slow")
        store.upload("k", tmp_path / "quick")
        assert store.read("k") == b"quick"
    slow_upload.join()
    assert store.read("k") == b"slow"


def test_names_of_files_being_written_are_no_keys(store, root):
    root.mkdir()
    with (root / ".hybridface-0123-4567.part").open("w") as part:
        fcntl.flock(part, fcntl.LOCK_EX)
        assert list(store.list("")) == []
    with pytest.raises(StoreRefusedError, match="are kept for files being written"):
        store.write(".hybridface-0123-4567.part", b"")


FULL = """
import resource, sys
from pathlib import Path
from hybridface_worker.contract.errors import StoreRefusedError
from hybridface_worker.store.folder import FolderStore
resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
store = FolderStore(Path(sys.argv[1]))
for write in (lambda: store.upload("big", Path(sys.argv[2])), lambda: store.write("big", bytes(2**21))):
    try:
        write()
    except StoreRefusedError as error:
        print(error.reason)
store.write("small", b"fits")
"""


def test_what_does_not_fit_leaves_the_place_as_it_was(store, root, tmp_path):
    (tmp_path / "big").write_bytes(bytes(2**21))
    store.write("big", b"old")
    done = subprocess.run(
        [sys.executable, "-c", FULL, root, tmp_path / "big"], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [Reason.STORAGE_FULL, Reason.STORAGE_FULL]
    assert store.read("big") == b"old"
    assert files_in(root) == ["big", "small"]
