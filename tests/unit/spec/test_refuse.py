from __future__ import annotations

import pytest

from hybridface_operator.spec.refuse import local_notes, unsupported, unsupported_models
from hybridface_worker.contract.catalogue import BUILT_IN
from hybridface_worker.contract.spec import ModelRef, Models
from support.jobs import job

REFERENCE = {"uri": "s3://faces/who.jpg"}


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            {"faces": {"select": "reference", "reference": REFERENCE}},
            "spec.faces.select: reference is not implemented in this version; available: all, largest",
        ),
        (
            {"faces": {"map": [{"reference": REFERENCE, "source": "actor"}]}},
            (
                "spec.faces.map: a mapping of people to sources is not implemented in this version; "
                "available: one output for each source, without it"
            ),
        ),
        (
            {"models": {"recogniser": "arcface"}},
            "spec.models.recogniser: arcface is not implemented in this version; available: none",
        ),
        (
            {"models": {"restorer": "gfpgan"}},
            "spec.models.restorer: gfpgan is not implemented in this version; available: none",
        ),
        (
            {"blend": {"mask": ["occlusion", "region"]}},
            "spec.blend.mask: [occlusion, region] is not implemented in this version; available: [box]",
        ),
        (
            {"blend": {"pixelBoost": 512}},
            "spec.blend.pixelBoost: 512 is not implemented in this version; available: 128",
        ),
        (
            {"models": {"swapper": "blend"}, "blend": {"colourMatch": False}},
            "spec.blend.colourMatch: false with the swapper blend is not implemented in this version; available: true",
        ),
    ],
)
def test_a_value_of_the_schema_that_is_not_implemented_is_refused(spec, message):
    assert unsupported(job(**spec)) == [message]


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"faces": {"select": "largest", "minScore": "0.9"}},
        {"output": {"uri": "out", "video": {"quality": "lossless", "container": "mkv", "encoder": "hevc"}}},
        {"models": {"swapper": "marker"}, "blend": {"ratio": "0.5", "colourMatch": False, "smoothing": 0}},
        {"onDecodeError": "keepOriginal", "chunkFrames": 128, "suspend": True, "completeWithin": "5m"},
        {"notify": {"webhook": {"url": "https://example.org"}}, "placement": {"allowedPools": ["private"]}},
    ],
)
def test_everything_else_is_implemented(spec):
    assert unsupported(job(**spec)) == []


def test_a_model_format_that_no_worker_reads_is_refused():
    swapper = ModelRef(name="fancy", kind="swapper", format="inswapper", uri="file:///m", sha256="0" * 64, licence="x")
    models = Models(detector=BUILT_IN["centerface"], swapper=swapper)
    assert unsupported_models(models) == [
        (
            "spec.models.swapper: fancy (format inswapper) is not implemented in this version; "
            "available: those that are built in"
        )
    ]
    assert unsupported_models(models.model_copy(update={"swapper": BUILT_IN["blend"]})) == []


def test_a_run_on_one_machine_says_what_it_leaves_out():
    assert local_notes(job()) == []
    said = local_notes(job(notify={"webhook": {"url": "https://a.org"}}, placement={"allowedPools": ["east", "west"]}))
    assert said == [
        "spec.notify: nobody is told by a run on one machine; its exit status says how it ended",
        "spec.placement: this machine is in no pool; east, west are a cluster's",
    ]
