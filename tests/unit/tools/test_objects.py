from __future__ import annotations

import objects


def filled(folder):
    (folder / "stills").mkdir(parents=True)
    (folder / "clip.mp4").write_bytes(b"clip")
    (folder / "stills" / "a.png").write_bytes(b"a")
    return folder


def test_a_folder_that_is_sent_is_the_same_when_it_is_fetched(tmp_path, capsys):
    there, back = tmp_path / "there", tmp_path / "back"
    assert objects.main(["send", str(filled(tmp_path / "in")), f"file://{there}/"]) == 0
    assert objects.main(["fetch", f"file://{there}/", str(back)]) == 0
    found = {path.relative_to(back).as_posix(): path.read_bytes() for path in back.rglob("*") if path.is_file()}
    assert found == {"clip.mp4": b"clip", "stills/a.png": b"a"}
    sent = [f"file://{there}/clip.mp4", f"file://{there}/stills/a.png"]
    assert capsys.readouterr().out.splitlines() == [*sent, f"{back}/clip.mp4", f"{back}/stills/a.png"]


def test_only_what_lies_below_the_address_is_fetched(tmp_path):
    filled(tmp_path / "there")
    assert objects.main(["fetch", f"file://{tmp_path}/there/stills", str(tmp_path / "back")]) == 0
    assert [path.name for path in (tmp_path / "back").iterdir()] == ["a.png"]


def test_nothing_to_copy_is_no_success(tmp_path, capsys):
    assert objects.main(["fetch", f"file://{tmp_path}/nowhere/", str(tmp_path)]) == 1
    assert "there is nothing in" in capsys.readouterr().err


def test_a_storage_that_is_not_configured_is_said(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("HYBRIDFACE_S3_ENDPOINT", raising=False)
    assert objects.main(["send", str(filled(tmp_path / "in")), "s3://inbox/"]) == 1
    assert "HYBRIDFACE_S3_ENDPOINT" in capsys.readouterr().err
