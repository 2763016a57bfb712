"""Who is told how a job ended, how often, and that it is told once."""

from __future__ import annotations

import asyncio
import base64
import json

import aiohttp
import pytest

from hybridface_operator.aftermath.notify import TRIES, Notifier
from hybridface_operator.aftermath.webhook import SIGNATURE, Notification, Notified, signature
from hybridface_operator.kube.api import Kind
from hybridface_operator.kube.errors import KubeAway, KubeForbidden
from hybridface_operator.rounds.metrics import Metrics
from hybridface_worker.store.settings import StoreSettings
from hybridface_worker.store.stores import Stores
from support.fake_api import FakeApi
from support.finished import LATER, NAMESPACE, finished, mirrored

URL = "https://hooks.example/done"
SECRET = b"of the studio"


class Receiver:
    """Answers as it was told to, and remembers what it got."""

    def __init__(self, *answers):
        self.answers = list(answers) or [200]
        self.got = []

    async def __call__(self, url, body, headers):
        self.got.append((url, body, headers))
        answer = self.answers[min(len(self.got), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Studio:
    """A namespace, a work folder, and operators that come and go."""

    def __init__(self, folder):
        folder.mkdir()
        self.api = FakeApi(NAMESPACE)
        self.folder = folder
        self.pauses: list[float] = []

    def job(self, *, secret=False, **changes) -> str:
        webhook = {"url": URL} | ({"secretRef": {"name": "hook", "key": "token"}} if secret else {})
        return str(finished(self.api, "a", notify={"webhook": webhook}, **changes))

    def operator(self, receiver) -> Notifier:
        async def sleep(seconds):
            self.pauses.append(seconds)

        return Notifier(
            self.api,
            Stores(StoreSettings()),
            mirrored(self.api),
            Metrics(),
            work_uri=self.folder.as_uri() + "/",
            instance="operator-0",
            send=receiver,
            clock=lambda: LATER,
            sleep=sleep,
        )

    def tell(self, uid, receiver) -> Notifier:
        notifier = self.operator(receiver)
        asyncio.run(notifier.notify(uid))
        return notifier

    def record(self, uid) -> Notified:
        return Notified.from_bytes((self.folder / "jobs" / uid / "notified.json").read_bytes(), "notified.json")

    def events(self):
        return [(event["reason"], event["note"]) for event in asyncio.run(self.api.list(Kind.EVENT))]

    def keep_secret(self, **data):
        values = {key: base64.b64encode(value).decode() for key, value in data.items()}
        self.api.make(Kind.SECRET, {"metadata": {"name": "hook", "namespace": NAMESPACE}, "data": values})


@pytest.fixture
def studio(tmp_path):
    return Studio(tmp_path / "work")


def test_it_is_told_once_also_by_an_operator_that_knows_nothing(studio):
    uid, receiver = studio.job(), Receiver()
    for _ in range(2):
        assert studio.tell(uid, receiver).settled(uid)
    ((url, body, headers),) = receiver.got
    said = Notification.from_bytes(body, "body")
    assert (url, said.job.uid, said.outcome) == (URL, uid, "completed")
    assert headers["Content-Type"] == "application/json"
    assert SIGNATURE not in headers
    assert (studio.record(uid).outcome, studio.record(uid).tries, studio.record(uid).status) == ("delivered", 1, 200)
    assert studio.events() == []


def test_it_is_signed_with_the_secret_that_the_job_names(studio):
    studio.keep_secret(token=SECRET)
    uid, receiver = studio.job(secret=True), Receiver()
    studio.tell(uid, receiver)
    ((_, body, headers),) = receiver.got
    assert headers[SIGNATURE] == signature(SECRET, int(LATER.timestamp()), body)
    assert SECRET.decode() not in json.dumps(headers) + body.decode()


@pytest.mark.parametrize(
    "answer", [500, 503, 429, 408, aiohttp.ClientError("reset"), TimeoutError(), OSError("no route")]
)
def test_what_may_pass_is_tried_again_and_longer_each_time(studio, answer):
    uid, receiver = studio.job(), Receiver(answer, answer, 204)
    studio.tell(uid, receiver)
    assert (studio.record(uid).outcome, studio.record(uid).tries) == ("delivered", 3)
    assert studio.pauses == [2, 4]


def test_in_the_end_it_is_given_up_and_said(studio):
    uid, receiver = studio.job(), Receiver(503)
    for _ in range(2):
        studio.tell(uid, receiver)
    assert len(receiver.got) == TRIES
    assert studio.pauses == [2, 4, 8, 16]
    assert (studio.record(uid).outcome, studio.record(uid).status) == ("givenUp", 503)
    assert studio.events() == [("WebhookFailed", "the webhook answered 503; it is not tried again")]


@pytest.mark.parametrize("answer", [301, 302, 307, 400, 401, 404, 410])
def test_an_answer_that_stays_the_same_is_not_asked_for_again(studio, answer):
    uid, receiver = studio.job(), Receiver(answer)
    studio.tell(uid, receiver)
    assert len(receiver.got) == 1
    assert studio.record(uid).outcome == "givenUp"


@pytest.mark.parametrize(
    ("data", "said"),
    [(None, "is not there, or has no key"), ({"other": b"x"}, "has no key"), ({"token": b""}, "is empty")],
)
def test_without_its_secret_nothing_is_sent_unsigned(studio, data, said):
    if data is not None:
        studio.keep_secret(**data)
    uid, receiver = studio.job(secret=True), Receiver()
    studio.tell(uid, receiver)
    assert receiver.got == []
    ((reason, note),) = studio.events()
    assert reason == "WebhookFailed"
    assert said in note


def refusing(api, monkeypatch, error):
    get = api.get

    async def refused(kind, namespace, name):
        if kind is Kind.SECRET:
            raise error
        return await get(kind, namespace, name)

    monkeypatch.setattr(api, "get", refused)


def test_a_secret_that_the_operator_may_not_read_is_said_with_what_to_do(studio, monkeypatch):
    uid, receiver = studio.job(secret=True), Receiver()
    refusing(studio.api, monkeypatch, KubeForbidden("forbidden", 403))
    studio.tell(uid, receiver)
    assert receiver.got == []
    ((_, note),) = studio.events()
    assert "may not read the Secret hook" in note
    assert 'resourceNames ["hook"]' in note


def test_an_api_server_that_is_away_gives_nothing_up(studio, monkeypatch):
    studio.keep_secret(token=SECRET)
    uid, receiver = studio.job(secret=True), Receiver()
    with monkeypatch.context() as patch:
        refusing(studio.api, patch, KubeAway("no answer"))
        assert not studio.tell(uid, receiver).settled(uid)
    assert studio.tell(uid, receiver).settled(uid)
    assert len(receiver.got) == 1


def test_a_job_that_is_not_over_is_not_told_of(studio):
    uid, receiver = studio.job(condition="Reconciling"), Receiver()
    assert not studio.tell(uid, receiver).settled(uid)
    assert receiver.got == []


@pytest.mark.parametrize("notify", [None, {}, {"webhook": {"url": "http://plain.example"}}, {"pager": 1}])
def test_who_asked_for_nothing_that_can_be_read_is_told_nothing(studio, notify):
    uid, receiver = finished(studio.api, "a", notify=notify), Receiver()
    assert studio.tell(uid, receiver).settled(uid)
    assert receiver.got == []


def test_of_a_job_whose_scratch_is_gone_nobody_is_told_again(studio):
    uid, receiver = studio.job(status={"scratchRemoved": True}), Receiver()
    assert studio.tell(uid, receiver).settled(uid)
    assert receiver.got == []


def test_jobs_that_are_no_more_are_forgotten(studio):
    uid = studio.job()
    notifier = studio.tell(uid, Receiver())
    notifier._mirror.lose(Kind.FACE_SWAP_JOB, {"metadata": {"uid": uid}}, LATER)
    notifier.forget()
    assert notifier._settled == set()
