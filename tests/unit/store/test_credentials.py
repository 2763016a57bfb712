from __future__ import annotations

import pytest

from hybridface_worker.store.credentials import FolderProvider


def renew(folder, number, token=None):
    """Changes the files as a mounted Secret does: by one link to a new folder."""
    version = folder / f"..{number}"
    version.mkdir()
    (version / "access-key").write_text(f"access-{number}\n")
    (version / "secret-key").write_text(f"secret-{number}\n")
    if token:
        (version / "session-token").write_text(token)
    (folder / "..new").symlink_to(version.name)
    (folder / "..new").replace(folder / "..data")
    for name in ("access-key", "secret-key", "session-token"):
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"..data/{name}")


def test_renewed_credentials_are_read_again(tmp_path):
    renew(tmp_path, 1, token="token")
    provider = FolderProvider(tmp_path)
    first = provider.retrieve()
    assert (first.access_key, first.secret_key, first.session_token) == ("access-1", "secret-1", "token")
    assert provider.retrieve() is first
    renew(tmp_path, 2)
    second = provider.retrieve()
    assert (second.access_key, second.secret_key, second.session_token) == ("access-2", "secret-2", None)


def test_credentials_that_are_not_there_yet_are_an_error_of_the_moment(tmp_path):
    provider = FolderProvider(tmp_path)
    with pytest.raises(FileNotFoundError):
        provider.retrieve()
    renew(tmp_path, 1)
    assert provider.retrieve().access_key == "access-1"
