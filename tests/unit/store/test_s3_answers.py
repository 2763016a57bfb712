"""What answers of an S3 service mean, over connections that give prepared answers."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest
import urllib3

from hybridface_worker.contract.errors import (
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    StoreError,
    StoreRefusedError,
)
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.store.base import ObjectInfo, unwatched
from hybridface_worker.store.minio import MinioStore
from hybridface_worker.store.patience import Patience
from hybridface_worker.store.settings import S3Settings

OK = (200, {"etag": '"e"'}, b"")


def xml(status, code):
    return status, {"content-type": "application/xml"}, f"<Error><Code>{code}</Code></Error>".encode()


def page(status):
    return status, {"content-type": "text/html"}, b"<html>from a proxy</html>"


class PreparedAnswers(urllib3.PoolManager):
    def __init__(self, *answers):
        super().__init__()
        self.answers = list(answers)
        self.sent: list[tuple[str, Any]] = []

    def urlopen(self, method, url, redirect=True, **kw):  # type: ignore[override]  # as PoolManager itself
        self.sent.append((method, kw.get("headers")))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, headers, body = answer
        return urllib3.HTTPResponse(
            io.BytesIO(body), headers, status, preload_content=kw.get("preload_content", True), request_method=method
        )


def store_of(*answers, seconds=60.0, alive=unwatched):
    pool = PreparedAnswers(*answers)
    settings = S3Settings("minio.example:9000", access_key="a", secret_key="b", session_token="token")
    patience = Patience(seconds, clock=lambda: 0.0, sleep=lambda _: None)
    return MinioStore(settings, "bucket", http=pool, patience=patience, alive=alive), pool


@pytest.mark.parametrize(
    "answer",
    [
        xml(500, "InternalError"),
        xml(503, "SlowDown"),
        xml(503, "XMinioServerNotInitialized"),
        xml(429, "TooManyRequests"),
        xml(408, "RequestTimeout"),
        xml(409, "ConditionalRequestConflict"),
        xml(200, "InternalError"),
        page(502),
        page(504),
        urllib3.exceptions.ProtocolError("broken"),
    ],
)
def test_what_passes_is_tried_again(answer):
    store, pool = store_of(answer, answer, OK)
    store.write("k", b"x", if_absent=True)
    assert [method for method, _ in pool.sent] == ["PUT"] * 3


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (xml(412, "PreconditionFailed"), ObjectChangedError, Reason.INPUT_CHANGED),
        (xml(404, "NoSuchKey"), ObjectNotFoundError, Reason.INPUT_NOT_FOUND),
        (xml(404, "NoSuchBucket"), ObjectNotFoundError, Reason.INPUT_NOT_FOUND),
        (xml(403, "AccessDenied"), StoreRefusedError, Reason.INPUT_UNREADABLE),
        (xml(403, "InvalidAccessKeyId"), StoreRefusedError, Reason.INPUT_UNREADABLE),
    ],
)
def test_why_an_object_was_not_read(answer, kind, reason):
    store, pool = store_of(answer)
    with pytest.raises(kind) as raised:
        store.read("k", if_match="e")
    assert (type(raised.value), raised.value.reason) == (kind, reason)
    assert "s3://bucket/k" in raised.value.message
    assert len(pool.sent) == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (xml(403, "AccessDenied"), Reason.OUTPUT_NOT_WRITABLE),
        (xml(404, "NoSuchBucket"), Reason.OUTPUT_NOT_WRITABLE),
        (xml(501, "NotImplemented"), Reason.OUTPUT_NOT_WRITABLE),
        (page(413), Reason.OUTPUT_NOT_WRITABLE),
        (xml(507, "XMinioStorageFull"), Reason.STORAGE_FULL),
        (xml(400, "XMinioAdminBucketQuotaExceeded"), Reason.STORAGE_FULL),
    ],
)
def test_why_an_object_was_not_written(answer, reason):
    store, _ = store_of(answer)
    with pytest.raises(StoreRefusedError) as raised:
        store.write("k", b"x")
    assert raised.value.reason == reason


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        pytest.param(MinioStore.read, xml(403, "RequestTimeTooSkewed"), id="in words"),
        pytest.param(
            MinioStore.head, (403, {"date": "Sun, 01 Nov 2020 12:00:00 GMT"}, b""), id="an answer to HEAD has no words"
        ),
    ],
)
def test_a_clock_that_is_wrong_is_no_fault_of_the_object(ask, answer):
    store, pool = store_of(answer)
    with pytest.raises(StoreError, match=r"too far from the object store's clock.*NTP") as raised:
        ask(store, "k")
    assert (type(raised.value), raised.value.reason) == (StoreError, Reason.SERVICE_AWAY)
    assert len(pool.sent) == 1


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (404, {}, ObjectNotFoundError),
        (404, {"x-minio-error-code": "NoSuchBucket"}, ObjectNotFoundError),
        (400, {}, StoreRefusedError),
        (403, {}, StoreRefusedError),
        (403, {"x-minio-error-code": "InvalidAccessKeyId"}, StoreRefusedError),
        (501, {}, StoreRefusedError),
    ],
)
def test_why_an_object_was_not_seen(status, headers, kind):
    store, pool = store_of((status, headers, b""))
    with pytest.raises(kind) as raised:
        store.head("k")
    assert type(raised.value) is kind
    assert len(pool.sent) == 1


@pytest.mark.parametrize("status", [301, 408, 429, 500, 502, 503])
def test_a_look_that_passes_is_tried_again(status):
    store, pool = store_of((status, {}, b""), (200, {"etag": '"e"', "content-length": "0", "X-Amz-Meta-A": "b"}, b""))
    assert store.head("k") == ObjectInfo("k", 0, "e", {"a": "b"})
    assert [method for method, _ in pool.sent] == ["HEAD"] * 2


def test_what_is_denied_by_a_service_with_the_same_time_is_denied():
    store, _ = store_of((403, {"date": format_datetime(datetime.now(UTC), usegmt=True)}, b""))
    with pytest.raises(StoreRefusedError):
        store.head("k")


def test_what_an_object_holds_is_no_answer():
    data = b"<TrialAndError/>"
    store, _ = store_of((200, {"content-type": "application/xml"}, data))
    assert store.read("k") == data


LISTED = b"""<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><KeyCount>2</KeyCount>
<Contents><Key>a%2F</Key><LastModified>2026-11-30T14:20:00.123Z</LastModified><ETag>"d"</ETag><Size>0</Size></Contents>
<Contents><Key>a%2Fone+two%2B</Key><LastModified>2026-11-30T14:20:00.123Z</LastModified><ETag>&quot;e&quot;</ETag>
<Size>12</Size><Owner><ID>o</ID></Owner><StorageClass>STANDARD</StorageClass></Contents></ListBucketResult>"""


def test_a_listing_tells_of_objects_and_not_of_folder_markers():
    store, _ = store_of((200, {"content-type": "application/xml"}, LISTED))
    (found,) = store.list("a/")
    assert found == ObjectInfo("a/one two+", 12, "e")
    assert found.modified == datetime(2026, 11, 30, 14, 20, 0, 123_000, UTC)


@pytest.mark.parametrize("answer", [page(404), page(200), (200, {"content-type": "application/xml"}, b"<Welcome/>")])
def test_a_page_of_something_else_is_no_empty_listing(answer):
    store, pool = store_of(answer, (200, {"content-type": "application/xml"}, LISTED))
    assert [found.key for found in store.list("a/")] == ["a/one two+"]
    assert len(pool.sent) == 2


def test_a_page_of_something_else_is_no_missing_object():
    store, _ = store_of(page(404), (200, {}, b"x"))
    assert store.read("k") == b"x"


def test_the_write_of_another_is_found_out():
    store, _ = store_of(xml(412, "PreconditionFailed"), (200, {"x-amz-meta-hybridface-write": "another"}, b""))
    with pytest.raises(ObjectExistsError):
        store.write("k", b"x", if_absent=True)


def test_a_service_that_stays_away_is_said_to_be():
    store, _ = store_of(page(503), seconds=0.0)
    with pytest.raises(StoreError, match=r"s3://bucket/k: the object store stays away .*503") as raised:
        store.write("k", b"x")
    assert raised.value.reason is Reason.SERVICE_AWAY


def test_each_answer_is_a_sign_of_life_and_no_try_that_got_none():
    signs: list[str] = []
    store, pool = store_of(page(503), page(503), OK, alive=lambda: signs.append("alive"))
    store.write("k", b"x")
    assert len(pool.sent) == 3
    assert signs == ["alive"]


def test_condition_metadata_and_token_are_signed():
    store, pool = store_of(OK)
    store.write("k", b"x", if_absent=True, metadata={"uid": "1"})
    headers = pool.sent[0][1]
    assert (headers["If-None-Match"], headers["x-amz-meta-uid"]) == ("*", "1")
    signed = headers["Authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert {"if-none-match", "x-amz-meta-uid", "x-amz-security-token", "x-amz-content-sha256", "host"} <= set(signed)


def removed(*errors):
    told = "".join(f"<Error><Key>{key}</Key><Code>{code}</Code><Message>m</Message></Error>" for key, code in errors)
    return 200, {"content-type": "application/xml"}, f"<DeleteResult>{told}</DeleteResult>".encode()


def test_of_many_that_are_removed_each_that_stays_is_counted_and_the_first_are_named():
    keys = [f"k{number}" for number in range(1002)]
    refused = [(key, "AccessDenied") for key in keys[:7]]
    store, pool = store_of(removed(*refused), removed((keys[-1], "AccessDenied")))
    with pytest.raises(StoreRefusedError, match=r"8 objects cannot be removed: s3://bucket/k0: .*k4.*; and 3 more"):
        store.delete_many(keys)
    assert [method for method, _ in pool.sent] == ["POST", "POST"]


@pytest.mark.parametrize("code", ["SlowDown", "InternalError", "SlowDownWrite"])
def test_where_one_of_many_cannot_be_removed_for_now_all_are_tried_again(code):
    store, pool = store_of(removed(("b", code)), removed())
    assert store.delete_many(["a", "b"]) == 2
    assert len(pool.sent) == 2


def test_what_was_gone_before_is_no_error():
    store, _ = store_of(removed(("a", "NoSuchKey")))
    assert store.delete_many(["a"]) == 1
