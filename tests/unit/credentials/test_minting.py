"""What comes of the answers of a security token service, over connections that give prepared ones."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest
import urllib3

from hybridface_operator.credentials.errors import ParentKeyError, PolicyRefusedError, StsAwayError
from hybridface_operator.credentials.minting import Minter
from hybridface_operator.credentials.settings import StsSettings
from hybridface_operator.credentials.temporary import StorageCredentials

NS = "https://sts.amazonaws.com/doc/2011-06-15/"
GOOD = f"""<AssumeRoleResponse xmlns="{NS}"><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId>
<SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken><Expiration>2026-05-01T13:00:00Z</Expiration>
</Credentials></AssumeRoleResult></AssumeRoleResponse>"""
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def error(said):
    return f'<ErrorResponse xmlns="{NS}"><Error><Code>C</Code><Message>{said}</Message></Error></ErrorResponse>'


class Prepared(urllib3.PoolManager):
    def __init__(self, *answers):
        super().__init__()
        self.answers = list(answers)
        self.sent = []

    def urlopen(self, method, url, redirect=True, **kw):  # type: ignore[override]  # as PoolManager itself
        self.sent.append((url, parse_qs(kw["body"]), kw["headers"]))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        return urllib3.HTTPResponse(status=status, body=body.encode(), headers={"content-type": "application/xml"})


@pytest.fixture
def key(tmp_path):
    (tmp_path / "access-key").write_text("operator")
    (tmp_path / "secret-key").write_text("operator-secret")
    return tmp_path


@pytest.fixture
def minter(key):
    def made(*answers):
        http = Prepared(*answers)
        return Minter(StsSettings("http://sts:9000", key, duration_seconds=7200), http=http, clock=lambda: NOON), http

    return made


def test_what_was_minted_says_when_it_ends_and_is_never_shown(minter):
    mint, http = minter((200, GOOD))
    minted = mint.mint("{}")
    assert minted == StorageCredentials("A", "S", "T", "2026-05-01T12:00:00Z", "2026-05-01T13:00:00Z")
    assert repr(minted) == "StorageCredentials(minted='2026-05-01T12:00:00Z', expires='2026-05-01T13:00:00Z')"
    ((_, body, _),) = http.sent
    assert (body["Policy"], body["DurationSeconds"], body["Action"]) == (["{}"], ["7200"], ["AssumeRole"])


def test_each_minting_asks_anew_with_the_key_as_it_is_now(minter, key):
    mint, http = minter((200, GOOD), (200, GOOD))
    mint.mint("{}")
    (key / "access-key").write_text("rotated")
    mint.mint("{}")
    assert ["Credential=operator/" in http.sent[0][2]["Authorization"]] == [True]
    assert ["Credential=rotated/" in http.sent[1][2]["Authorization"]] == [True]


def test_an_empty_policy_would_give_everything_and_is_never_sent(minter):
    mint, http = minter()
    with pytest.raises(ValueError, match="full rights"):
        mint.mint("")
    assert http.sent == []


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (urllib3.exceptions.ProtocolError("it broke"), StsAwayError, "it broke"),
        ((503, "<html>a proxy's page</html>"), StsAwayError, "a proxy's page"),
        ((429, error("slow down")), StsAwayError, "slow down"),
        ((200, "<html/>"), StsAwayError, "mints no credentials"),
        ((200, "no document"), StsAwayError, "mints no credentials"),
        ((403, error("Your account is disabled")), ParentKeyError, "Your account is disabled"),
        ((400, error("Session policy should not exceed")), PolicyRefusedError, "should not exceed"),
    ],
)
def test_errors_say_what_the_service_said_and_whose_fault_it_is(minter, answer, kind, said):
    mint, _ = minter(answer)
    with pytest.raises(kind, match=said):
        mint.mint("{}")


def test_a_key_that_is_not_there_is_an_administrators_to_give(tmp_path):
    mint = Minter(StsSettings("http://sts:9000", tmp_path / "absent"), http=Prepared())
    with pytest.raises(ParentKeyError, match="absent"):
        mint.mint("{}")
