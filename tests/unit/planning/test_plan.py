"""From what was asked for and what Probe found to the plan."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from hybridface_operator.errors import JobRefused
from hybridface_operator.planning.plan import make_plan
from hybridface_operator.spec.job import FaceSwapJobSpec
from hybridface_worker.contract import layout
from hybridface_worker.contract.inputs import Inputs, SourceImage, reference_name
from hybridface_worker.contract.plan import IMAGES, Plan
from hybridface_worker.contract.probe import FaceBox, Finding, ProbedItem, ProbedSource, ProbeResult
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import ImageFormat, Limits
from support.plans import JOB, image_info, inputs, item, models, video_info

FACE = FaceBox(box=(0, 0, 9, 9), points=((1, 1), (8, 1), (4, 4), (2, 8), (7, 8)), score=0.9)
STILLS = [item("stills", number=number, path=path) for number, path in enumerate(["a.jpg", "b.mp4", "c.png"])]
MIXED = [image_info(), video_info(130), image_info(ImageFormat.PNG)]


def spec(**more: object) -> FaceSwapJobSpec:
    return FaceSwapJobSpec.model_validate(
        {
            "sources": [{"name": "actor", "images": [{"uri": "s3://faces/actor.png"}]}],
            "targets": [{"name": "clip", "uri": "s3://inbox/clip.mp4"}],
            "output": {"uri": "s3://results/"},
            "consent": {"reference": "2026-114"},
            **more,
        }
    )


def found(given: Inputs, media: Sequence[object], *, face: FaceBox | None = FACE) -> list[ProbeResult]:
    items = []
    for target, what in zip(given.targets, media, strict=True):
        refusal = what if isinstance(what, Finding) else None
        known = None if refusal else what
        items.append(ProbedItem(target=target.target, item=target.item, media=known, refusal=refusal))
    sources = [ProbedSource(source=image.source, item=image.item, face=face) for image in given.sources]
    return [ProbeResult(shard=0, sources=sources), ProbeResult(shard=2, items=items)]


def planned(given: Inputs, media: Sequence[object], **more: object) -> Plan:
    return make_plan(JOB, spec(**more), models(), given, found(given, media), "hybridface==1", Limits())


def stills() -> Inputs:
    return inputs([]).model_copy(update={"targets": tuple(STILLS)})


def test_a_video_becomes_one_unit_of_even_chunks():
    plan = planned(inputs(["clip"]), [video_info(130)])
    (unit,) = plan.units
    assert (unit.unit, unit.items, unit.boundaries) == ("v000000", (0,), (0, 43, 86, 130))
    assert unit.video is not None
    assert unit.video.encoder == "libx264"
    assert [output.path for output in plan.outputs] == ["clip.mp4"]


def test_videos_of_a_prefix_are_units_and_its_images_one_more():
    plan = planned(stills(), MIXED)
    assert [(unit.unit, unit.items) for unit in plan.units] == [("v000001", (1,)), (IMAGES, (0, 2))]
    assert [output.path for output in plan.outputs] == ["stills/a.jpg", "stills/b.mp4", "stills/c.png"]


def test_everything_that_decides_the_result_is_in_the_plan():
    plan = planned(inputs(["clip"]), [video_info(10)], maxTriesPerChunk=2, onDecodeError="keepOriginal")
    assert plan.inputs_sha256 == inputs(["clip"]).digest()
    assert plan.worker == "hybridface==1"
    assert plan.probes == (0, 2)
    assert plan.max_tries_per_chunk == 2
    assert plan.on_decode_error == "keepOriginal"
    assert plan.consent is not None
    assert plan.consent.reference == "2026-114"
    assert plan.models == models()


def test_the_same_job_has_the_same_plan():
    assert planned(stills(), MIXED).to_bytes() == planned(stills(), MIXED).to_bytes()


def test_what_probe_refused_is_refused_and_the_rest_is_planned():
    refusal = Finding(reason=Reason.NOT_MEDIA, message="text")
    plan = planned(stills(), [image_info(), refusal, image_info()])
    assert [(refused.item, refused.finding) for refused in plan.refused] == [(1, refusal)]
    assert [unit.items for unit in plan.units] == [(0, 2)]


def test_an_encoder_that_cannot_be_refuses_the_video_alone():
    plan = planned(stills(), MIXED, output={"uri": "s3://results/", "video": {"container": "webm", "encoder": "h264"}})
    (refused,) = plan.refused
    assert (refused.item, refused.finding.reason) == (1, Reason.ENCODER_NOT_POSSIBLE)
    assert [unit.unit for unit in plan.units] == [IMAGES]


def test_outputs_that_collide_are_refused():
    given = stills().model_copy(update={"targets": (STILLS[0], item("stills", number=1, path="a.png"))})
    plan = planned(given, [image_info()] * 2, output={"uri": "s3://results/", "image": {"format": "webp"}})
    assert [refused.finding.reason for refused in plan.refused] == [Reason.OUTPUTS_COLLIDE] * 2
    assert plan.units == ()


def test_an_output_that_no_object_can_be_called_is_refused():
    named = item("stills", path="100%.jpg").model_copy(update={"uri": "file:///inbox/100%25.jpg"})
    given = stills().model_copy(update={"targets": (named,)})
    (refused,) = planned(given, [image_info()]).refused
    assert refused.finding.reason is Reason.OUTPUT_NOT_WRITABLE
    assert planned(given, [image_info()], output={"uri": "file:///results/"}).refused == ()


@pytest.mark.parametrize(
    ("output", "keeps"),
    [
        ({}, True),
        ({"video": {"container": "mkv"}}, False),
        ({"video": {"encoder": "h264"}}, False),
        ({"image": {"format": "png"}}, False),
    ],
)
def test_a_target_may_be_published_as_it_is_where_nothing_else_was_asked_for(output, keeps):
    plan = planned(inputs(["clip"]), [video_info(10)], output={"uri": "s3://results/", **output})
    assert plan.output.keeps_format is keeps


def test_a_source_without_a_face_refuses_the_job_and_names_its_images():
    given = inputs(["clip"])
    with pytest.raises(JobRefused) as caught:
        make_plan(JOB, spec(), models(), given, found(given, [video_info(10)], face=None), "hybridface==1", Limits())
    assert caught.value.reason is Reason.NO_FACE_IN_SOURCE
    assert "s3://faces/actor.png: no face was found" in str(caught.value)


MAPPED = {
    "sources": [{"name": name, "images": [{"uri": f"s3://faces/{name}.png"}]} for name in ("actor", "actress")],
    "faces": {
        "minSimilarity": "0.3",
        "map": [
            {"reference": {"uri": f"s3://faces/{who}.png"}, "source": source}
            for who, source in (("he", "actor"), ("she", "actress"), ("they", "actor"))
        ],
    },
}


def with_references(given: Inputs, *names: str) -> Inputs:
    rows = [
        SourceImage(source=reference_name(number), item=0, uri=f"s3://faces/{name}.png", size=1, etag="e")
        for number, name in enumerate(names)
    ]
    return given.model_copy(update={"sources": (*given.sources, *rows)})


def test_several_people_of_a_target_are_one_output_of_one_chunk_a_range():
    given = with_references(inputs(["clip"], sources=["actor", "actress"]), "he", "she", "they")
    plan = planned(given, [video_info(130)], **MAPPED)
    assert {layout.chunk_id(chunk).partition("/")[0] for chunk in plan.chunks()} == {"_map"}
    assert len(list(plan.chunks())) == 3
    assert [layout.output_path(source, output.path) for source, output in plan.published()] == ["clip.mp4"]
    assert plan.identities() == ("actor", "actress")


def test_who_is_looked_for_and_who_takes_the_place_is_frozen():
    given = with_references(inputs(["clip"], sources=["actor", "actress"]), "he", "she", "they")
    faces = planned(given, [video_info(130)], **MAPPED).faces
    assert (faces.select, faces.min_similarity) == ("map", 0.3)
    assert [(person.reference, person.source) for person in faces.people] == [
        ("_reference-00", "actor"),
        ("_reference-01", "actress"),
        ("_reference-02", "actor"),
    ]


def test_an_output_in_the_place_of_an_input_is_refused_whatever_may_be_replaced():
    films = [item(name).model_copy(update={"uri": f"file:///our%20films/{name}.mp4"}) for name in ("clip", "scene")]
    given = with_references(inputs([], sources=["actor", "actress"]), "he", "she", "they")
    given = given.model_copy(update={"targets": (films[0], films[1].model_copy(update={"target": "other"}))})
    output = {"uri": "file:///our%20films/", "onConflict": "replace"}
    plan = planned(given, [video_info(10)] * 2, **MAPPED, output=output)
    (refused,) = plan.refused
    assert (refused.target, refused.finding.reason) == ("clip", Reason.OUTPUTS_COLLIDE)
    assert "the place of file:///our%20films/clip.mp4, which the job reads" in refused.finding.message
    assert [planned_output.path for planned_output in plan.outputs] == ["other.mp4"]


def test_an_output_in_the_place_of_a_sources_image_is_refused():
    given = inputs(["clip"])
    face = given.sources[0].model_copy(update={"uri": "s3://results/actor/clip.jpg"})
    plan = planned(given.model_copy(update={"sources": (face,)}), [image_info()])
    assert [refused.finding.reason for refused in plan.refused] == [Reason.OUTPUTS_COLLIDE]


def test_with_one_reference_every_source_has_its_output():
    given = with_references(inputs(["clip"]), "he")
    faces = {"select": "reference", "reference": {"uri": "s3://faces/he.png"}}
    plan = planned(given, [video_info(10)], faces=faces)
    assert [layout.output_path(source, output.path) for source, output in plan.published()] == ["actor/clip.mp4"]
    assert [(person.reference, person.source) for person in plan.faces.people] == [("_reference-00", None)]
    assert planned(inputs(["clip"]), [video_info(10)]).faces.people == ()


def test_a_reference_without_a_face_refuses_the_job_before_any_work():
    given = with_references(inputs(["clip"]), "he")
    probed = found(given, [video_info(10)])
    sources = [each if each.source == "actor" else each.model_copy(update={"face": None}) for each in probed[0].sources]
    with pytest.raises(JobRefused) as caught:
        make_plan(
            JOB, spec(), models(), given, [probed[0].model_copy(update={"sources": sources}), probed[1]], "w", Limits()
        )
    assert caught.value.reason is Reason.NO_FACE_IN_REFERENCE
    assert str(caught.value).startswith("nobody to look for in the reference s3://faces/he.png: no face was found")


def test_one_image_with_a_face_is_enough_for_a_source():
    image = inputs(["clip"]).sources[0]
    given = inputs(["clip"]).model_copy(update={"sources": (image, image.model_copy(update={"item": 1}))})
    probed = found(given, [video_info(10)])
    faceless = probed[0].model_copy(update={"sources": (probed[0].sources[0], ProbedSource(source="actor", item=1))})
    assert make_plan(JOB, spec(), models(), given, [faceless, probed[1]], "hybridface==1", Limits()).units
