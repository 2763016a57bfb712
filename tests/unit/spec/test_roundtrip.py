"""Any job that the schema allows is the same after it was written down and read again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from hybridface_operator.spec import types
from hybridface_operator.spec.documents import read_text
from hybridface_operator.spec.immutable import immutable_spec
from hybridface_operator.spec.job import FaceSwapJob
from hybridface_operator.spec.parse import parse_job, parse_jobs
from support.jobs import SMALLEST

LABEL = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True)
KEY = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="*?$%./"), min_size=1, max_size=20)
OBJECT = st.builds("s3://bucket/{}/{}".format, KEY, KEY)
FRACTION = st.from_regex(types.FRACTION, fullmatch=True)
DECIMAL = st.from_regex(types.DECIMAL, fullmatch=True)
DURATION = st.builds("{}h{}m{}s".format, st.integers(0, 99), st.integers(0, 59), st.integers(1, 59))
TIME = st.datetimes().map(lambda time: time.replace(microsecond=0).isoformat() + "Z")
LINE = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=40)


def objects(required: dict[str, st.SearchStrategy[Any]], **optional: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mappings with all of the one kind of fields and some of the other."""
    return st.fixed_dictionaries(required, optional=optional)


SOURCES = st.lists(
    objects({"name": LABEL, "images": st.lists(objects({"uri": OBJECT}), min_size=1, max_size=3)}),
    min_size=1,
    max_size=4,
    unique_by=lambda source: source["name"],
)
TARGETS = st.lists(
    objects({"name": LABEL, "uri": OBJECT | OBJECT.map(lambda uri: uri + "/")}),
    min_size=1,
    max_size=4,
    unique_by=lambda target: target["name"],
)
VIDEO = objects(
    {},
    container=st.sampled_from(["same", "mp4", "mov", "mkv", "webm"]),
    encoder=st.sampled_from(["auto", "h264", "libx265"]),
    quality=st.sampled_from(["visually-lossless", "high", "medium", "lossless"]),
    options=st.dictionaries(LABEL, st.from_regex(types.OPTION_VALUE, fullmatch=True), max_size=3),
)
FACES = objects({}, select=st.sampled_from(["all", "largest"]), minScore=FRACTION, minSimilarity=FRACTION) | objects(
    {"select": st.just("reference"), "reference": objects({"uri": OBJECT})}
)
SPECS = objects(
    {
        "sources": SOURCES,
        "targets": TARGETS,
        "output": objects({"uri": OBJECT}, video=VIDEO, onConflict=st.sampled_from(["fail", "replace"])),
        "consent": objects({"reference": LINE}, expires=TIME),
        "models": objects({"occluder": LABEL}, swapper=LABEL, recogniser=LABEL),
    },
    faces=FACES,
    blend=objects(
        {},
        ratio=FRACTION,
        mask=st.permutations(["box", "occlusion", "region"]),
        smoothing=st.integers(0, 16),
        colourMatch=st.booleans(),
        pixelBoost=st.sampled_from([128, 256, 512, 1024]),
    ),
    completeWithin=DURATION,
    budget=objects({}, maxCost=DECIMAL, maxPricePerGpuHour=DECIMAL),
    placement=objects({"allowedPools": st.lists(LABEL, min_size=1, max_size=4)}),
    chunkFrames=st.integers(64, 128),
    suspend=st.booleans(),
)


@given(SPECS)
def test_written_and_read_it_is_the_same_job(spec):
    job = parse_job(SMALLEST | {"spec": spec})
    body = json.loads(job.model_dump_json(exclude_none=True))
    for text in (json.dumps(body), yaml.safe_dump(body, allow_unicode=True)):
        (again,) = parse_jobs(read_text(text, "job"), "job", Path("/"))
        assert again == job
        assert immutable_spec(again) == immutable_spec(job)


@given(SPECS)
def test_what_was_said_is_what_is_meant(spec):
    job = FaceSwapJob.model_validate(SMALLEST | {"spec": spec})
    said = job.model_dump(mode="json", exclude_unset=True)["spec"]
    spec["output"]["uri"] += "/"
    assert said == spec
