"""Whatever a release wrote, every later one reads and means the same by: docs/decisions/0011-unknown-is-refused.md.

tests/data/released/ holds what releases wrote. It is never changed: a failure here says what to change in the models.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from freeze_formats import DOCUMENTS, MODELS, PODS, RELEASED, containers, fields, freeze, is_released
from hybridface_worker import __version__
from hybridface_worker.contract.document import Document, Part, Report
from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.contract.plan import Plan
from hybridface_worker.settings import WorkerSettings
from support.released import complaints, takes
from write_formats import DOCUMENTS as NOW
from write_formats import models, parts_of

RELEASES = sorted(folder.name for folder in RELEASED.iterdir())
WRITTEN = [(release, file.stem) for release in RELEASES for file in sorted((RELEASED / release / DOCUMENTS).iterdir())]
BY_NAME = models()


def frozen(release):
    return json.loads((RELEASED / release / MODELS).read_text())


def closed():
    """Names of the models that work is done by: a worker that ignored a field of theirs would do other work."""
    found: set[str] = set()
    waiting: list[type[Part]] = [model for model in NOW if not issubclass(model, Report)]
    while waiting:
        model = waiting.pop()
        if model.__name__ not in found:
            found.add(model.__name__)
            waiting += [part for field in model.model_fields.values() for part in parts_of(field.annotation)]
    return found


def model_of(release, name) -> type[Document]:
    model = BY_NAME[frozen(release)["documents"][name]]
    assert issubclass(model, Document)
    return model


def texts(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*.json")}


def within(then, now):
    """Whether all that was said then is still said."""
    if isinstance(then, dict):
        return isinstance(now, dict) and all(key in now and within(each, now[key]) for key, each in then.items())
    if isinstance(then, list):
        return isinstance(now, list) and len(then) == len(now) and all(map(within, then, now))
    return bool(then == now)


@pytest.mark.parametrize(("release", "name"), WRITTEN)
def test_what_a_release_wrote_is_read(release, name):
    model_of(release, name).from_bytes((RELEASED / release / DOCUMENTS / f"{name}.json").read_bytes(), name)


@pytest.mark.parametrize(("release", "name"), WRITTEN)
def test_and_written_again_with_all_that_it_said_and_nothing_new_that_work_is_done_by(release, name):
    """Digests of inputs stand in plans, and a worker of that release may be the one that reads what is written."""
    model, then = model_of(release, name), json.loads((RELEASED / release / DOCUMENTS / f"{name}.json").read_text())
    now = json.loads(model.from_bytes(json.dumps(then), name).to_bytes())
    assert within(then, now)
    assert issubclass(model, Report) or list(now) == list(then)
    assert issubclass(model, Report) or now == then


@pytest.mark.parametrize("release", RELEASES)
def test_no_field_was_removed_renamed_narrowed_or_made_required_since(release):
    named = frozen(release)
    del named["documents"]
    gone = [f"{model} was released: keep it, under this name" for model in named.keys() - BY_NAME.keys()]
    since = [
        complaint
        for model, then in named.items()
        if model in BY_NAME
        for complaint in complaints(model, then, fields(BY_NAME[model]), closed=model in closed())
    ]
    assert gone + since == []


@pytest.mark.parametrize("release", RELEASES)
def test_a_worker_of_that_release_is_still_given_all_that_it_was_given(release):
    """A job keeps its worker: its later pods are made by operators that come after it."""
    now = containers()
    for name, then in json.loads((RELEASED / release / PODS).read_text())["containers"].items():
        assert now[name]["command"] == then["command"], name
        assert now[name]["environment"].items() >= then["environment"].items(), name
        assert set(now[name]["folders"]) >= set(then["folders"]), name


@pytest.mark.parametrize("release", RELEASES)
def test_a_worker_needs_no_more_than_an_operator_of_that_release_gives_it(release):
    for then in json.loads((RELEASED / release / PODS).read_text())["containers"].values():
        given = {name: "1" if value is None else value for name, value in then["environment"].items()}
        assert str(WorkerSettings.from_env(given).scratch) == given["HYBRIDFACE_SCRATCH"]


@pytest.mark.parametrize("release", RELEASES)
def test_an_exit_code_means_what_it_meant(release):
    then = json.loads((RELEASED / release / PODS).read_text())["exitCodes"]
    assert {code.name: int(code) for code in ExitCode}.items() >= then.items()


def test_what_this_version_writes_is_frozen_before_it_is_released(tmp_path):
    told = f"run scripts/freeze_formats.py: it freezes what {__version__}, which is not released yet, writes"
    assert __version__ in RELEASES, told
    if is_released(__version__):
        return
    freeze(tmp_path)
    assert texts(tmp_path) == texts(RELEASED / __version__), told


def of_plan(**changes):
    """The plan's fields with some changed; None takes one out."""
    now = {**fields(Plan), **changes}
    return {name: field for name, field in now.items() if field is not None}


WORDS = {"default": "fail", "type": "string"}


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (of_plan(consent=None), "Plan.consent was released: keep it"),
        (of_plan(consent=None, agreement=fields(Plan)["consent"]), "Plan.consent was released: keep it"),
        (of_plan(consent={"model": "Consent", "required": True}), "Plan.consent no longer takes"),
        (of_plan(onDecodeError={"enum": ["keepOriginal"], **WORDS}), "Plan.onDecodeError no longer takes"),
        (of_plan(onDecodeError={"enum": ["fail", "keepOriginal"], **WORDS, "default": "keepOriginal"}), "or no longer"),
        (of_plan(maxTriesPerChunk={"default": 3, "minimum": 2, "type": "integer"}), "Plan.maxTriesPerChunk no longer"),
        (of_plan(maxTriesPerChunk={"default": 3, "minimum": 1, "maximum": 9, "type": "integer"}), "no longer takes"),
        (of_plan(maxTriesPerChunk={"default": 3, "minimum": 1, "type": "number"}), "no longer takes"),
        (of_plan(halo={"type": "integer", "required": True}), "Plan.halo is new, and what was released is without it"),
        (of_plan(halo={"type": "integer", "default": 4}), "Plan.halo is new, and would always be written"),
    ],
)
def test_a_change_that_a_release_would_not_survive_is_named(now, said):
    (complaint,) = [each for each in complaints("Plan", fields(Plan), now, closed=True) if "agreement" not in each]
    assert said in complaint


@pytest.mark.parametrize(
    "now",
    [
        of_plan(),
        of_plan(halo={"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None}),
        of_plan(onDecodeError={"enum": ["fail", "keepOriginal", "drop"], **WORDS}),
        of_plan(maxTriesPerChunk={"default": 3, "type": "integer"}),
    ],
)
def test_what_only_adds_is_no_matter(now):
    assert list(complaints("Plan", fields(Plan), now, closed=True)) == []


def test_a_report_may_say_more_with_a_default():
    assert list(complaints("Usage", {}, {"watts": {"default": 0, "type": "integer"}}, closed=False)) == []


def test_what_lists_and_maps_hold_is_compared_as_well():
    then = {"type": "array", "items": {"type": "string", "maxLength": 9}}
    assert takes({"type": "array", "items": {"type": "string", "maxLength": 10}}, then)
    assert not takes({"type": "array", "items": {"type": "string", "maxLength": 8}}, then)
