from __future__ import annotations

import pytest

from hybridface_operator.spec.refuse import FORMATS, local_notes, unsupported_models
from hybridface_worker.contract.catalogue import BUILT_IN
from hybridface_worker.contract.spec import ModelRef, Models
from hybridface_worker.faces import detector, recogniser
from hybridface_worker.occluders import load as occluders
from hybridface_worker.restorers import load as restorers
from hybridface_worker.swappers import load as swappers
from support.jobs import job

SUPPLIED = {"uri": "file:///m", "sha256": "0" * 64, "licence": "x"}


def models(**formats: str) -> Models:
    chosen = {kind: ModelRef(name="mine", kind=kind, format=format, **SUPPLIED) for kind, format in formats.items()}
    return Models(**{"detector": BUILT_IN["centerface"], "swapper": BUILT_IN["blend"], **chosen})


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("detector", "it reads scrfd; built in: centerface"),
        ("recogniser", "it reads arcface"),
        ("swapper", "it reads inswapper; built in: blend, identity, marker"),
        ("restorer", "it reads codeformer, gfpgan"),
        ("occluder", "it reads xseg"),
    ],
)
def test_a_format_that_no_worker_reads_is_refused_with_those_that_are_read(kind, message):
    assert unsupported_models(models(**{kind: "tarot"})) == [
        f"spec.models.{kind}: mine has the format tarot, which this version does not read; {message}"
    ]


def test_what_workers_read_is_what_their_loaders_know():
    assert unsupported_models(models()) == []
    assert {
        "detector": {"builtin", *detector.FORMATS},
        "recogniser": set(recogniser.FORMATS),
        "swapper": {"builtin", *swappers.FORMATS},
        "restorer": set(restorers.FORMATS),
        "occluder": set(occluders.FORMATS),
    } == FORMATS


def test_a_run_on_one_machine_says_what_it_leaves_out():
    assert local_notes(job()) == []
    said = local_notes(job(notify={"webhook": {"url": "https://a.org"}}, placement={"allowedPools": ["east", "west"]}))
    assert said == [
        "spec.notify: nobody is told by a run on one machine; its exit status says how it ended",
        "spec.placement: this machine is in no pool; east, west are a cluster's",
    ]
