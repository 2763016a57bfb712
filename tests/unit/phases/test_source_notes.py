"""What an output's report says of the images that it rests on."""

from __future__ import annotations

from hybridface_worker.contract.inputs import SourceImage, reference_name
from hybridface_worker.contract.plan import MAPPED
from hybridface_worker.contract.probe import FaceBox, Finding, ProbedSource
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import FaceSelection, Person
from hybridface_worker.phases.merging import source_notes
from support.plans import inputs, plan

FACE = FaceBox(box=(0, 0, 9, 9), points=((1, 1), (8, 1), (4, 4), (2, 8), (7, 8)), score=0.9)
WHO = reference_name(0)


def several(name: str) -> ProbedSource:
    note = Finding(reason=Reason.SEVERAL_FACES_IN_SOURCE, message=f"{name}: 2 faces were found")
    return ProbedSource(source=name, item=0, face=FACE, notes=(note,))


def said(source: str, faces: FaceSelection, sources: tuple[str, ...]) -> list[str]:
    given = inputs(["clip"], sources=["actor", "actress"])
    rows = SourceImage(source=WHO, item=0, uri="s3://faces/who.png", size=1, etag="e")
    faceless = SourceImage(source="actor", item=1, uri="s3://faces/back.png", size=1, etag="e")
    given = given.model_copy(update={"sources": (*given.sources, faceless, rows)})
    refusal = Finding(reason=Reason.NO_FACE_IN_SOURCE, message="no face was found")
    probed = [several("actor"), ProbedSource(source="actor", item=1, refusal=refusal), several("actress"), several(WHO)]
    planned = plan(sources=sources).model_copy(update={"faces": faces})
    return [note.message for note in source_notes(source, planned, given, probed)]


def test_an_output_of_one_source_tells_of_that_source_alone():
    assert said("actress", FaceSelection(), ("actor", "actress")) == ["actress: 2 faces were found"]


def test_an_image_that_is_not_used_is_named():
    assert said("actor", FaceSelection(), ("actor", "actress")) == [
        "actor: 2 faces were found",
        "s3://faces/back.png is not used, only the source's other images are: no face was found",
    ]


def test_who_was_looked_for_is_told_of_too():
    one = FaceSelection(select="reference", people=(Person(reference=WHO),))
    assert said("actress", one, ("actor", "actress")) == ["actress: 2 faces were found", f"{WHO}: 2 faces were found"]


def test_a_mapped_output_tells_of_everybody_in_it():
    people = FaceSelection(select="map", people=(Person(reference=WHO, source="actress"),))
    assert said(MAPPED, people, (MAPPED,)) == ["actress: 2 faces were found", f"{WHO}: 2 faces were found"]
