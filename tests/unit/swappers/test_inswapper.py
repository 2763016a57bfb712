"""inswapper, against insightface's INSwapper on the same stand-in file."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybridface_worker.contract.errors import LacksPlanError, TaskError
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.faces.align import similarity, template
from hybridface_worker.inference.session import SessionOptions
from hybridface_worker.picture.affine import invert
from hybridface_worker.picture.crop import crop
from hybridface_worker.picture.picture import Picture
from hybridface_worker.swappers.load import load_swapper
from hybridface_worker.swappers.protocol import Source
from support import insightface_classes as insightface
from support import standins
from support.faces import group
from support.onnx_graph import ANY_BATCH, Export

CASES = 200
OPTIONS = SessionOptions(threads=1)


def load(file):
    return load_swapper(standins.reference("standin-inswapper", file), file, OPTIONS)


@pytest.fixture(scope="module")
def official(model_folder):
    return standins.inswapper(model_folder / "official.onnx")


def poses(count: int, seed: int = 0, largest: float = 400):
    """Points of faces in the photograph, turned, leaning, of many sizes; embeddings. Large ones stick out."""
    random = np.random.default_rng(seed)
    height, width, _ = group().shape
    for _ in range(count):
        size, turn = random.uniform(60, largest), random.uniform(-np.pi, np.pi)
        turned = np.array([(np.cos(turn), -np.sin(turn)), (np.sin(turn), np.cos(turn))])
        shape = template(112) / 112 - 0.5 + random.normal(0, 0.04, (5, 2))
        middle = random.uniform((0.35 * width, 0.35 * height), (0.65 * width, 0.65 * height))
        yield (shape @ turned.T * size + middle).astype(np.float32), random.standard_normal(512).astype(np.float32)


def sources(count: int):
    return [Source(np.zeros((128, 128, 3), np.uint8), embedding) for _, embedding in poses(count)]


def crops(count: int):
    return np.stack([insightface.aligned(group(), points, 128) for points, _ in poses(count)])


def test_200_crops_are_insightfaces_within_one_level(official):
    """Both get the same 8-bit crop, the one that insightface aligns; so tensors, latents and outputs are compared.

    insightface cuts fractions off where we round, so a level of difference has one sign.
    """
    ours, theirs = load(official), insightface.in_swapper(official)
    for points, embedding in poses(CASES):
        expected = insightface.swapped(theirs, group(), points, embedding).astype(int)
        given = insightface.aligned(group(), points, 128)[None]
        difference = ours.swap(given, [Source(given[0], embedding)])[0] - expected
        assert difference.min() >= 0
        assert difference.max() <= 1


def test_what_the_model_is_given_is_the_same_to_the_last_bit(official):
    ours, theirs = load(official), insightface.in_swapper(official)
    given: dict[str, list[dict[str, Any]]] = {}

    class Recording:
        def __init__(self, session):
            self._session = session

        def __getattr__(self, name):
            return getattr(self._session, name)

        def run(self, *arguments):
            (feeds,) = (each for each in arguments if isinstance(each, dict))
            given.setdefault(type(self._session).__name__, []).append(feeds)
            return self._session.run(*arguments)

    ours._session, theirs.session = Recording(ours._session), Recording(theirs.session)
    for points, embedding in poses(10):
        insightface.swapped(theirs, group(), points, embedding)
        crop_of_it = insightface.aligned(group(), points, 128)
        ours.swap(crop_of_it[None], [Source(crop_of_it, embedding)])
    (left, right) = given.values()
    assert len(left) == len(right) == 10
    for one, other in zip(left, right, strict=True):
        assert all(np.array_equal(one[name], other[name]) for name in ("target", "source"))


def test_from_the_picture_on_it_is_nearly_insightfaces(official):
    """The whole way, our alignment and warp included, which round otherwise: a level in the crop.

    Faces lie within the photograph: beyond its edge our crops are mirrored, and insightface's are black.
    """
    ours, theirs = load(official), insightface.in_swapper(official)
    picture = Picture.of_image(group())
    for points, embedding in poses(20, largest=150):
        stored_from_crop = invert(similarity(points, template(128)))
        own = crop(picture, stored_from_crop, 128)
        made = ours.swap(own[None], [Source(own, embedding)])[0].astype(int)
        assert np.abs(own.astype(int) - insightface.aligned(group(), points, 128)).max() <= 1
        assert np.abs(made - insightface.swapped(theirs, group(), points, embedding)).max() <= 2


@pytest.mark.parametrize("export", [Export(), ANY_BATCH, Export(batch=3), Export(half=True)], ids=str)
def test_a_batch_is_its_faces_one_by_one(model_folder, export):
    swapper = load(standins.inswapper(model_folder / "batch.onnx", export=export))
    faces, who = crops(7), sources(7)
    together = swapper.swap(faces, who)
    for number in range(7):
        assert np.array_equal(swapper.swap(faces[number : number + 1], who[number : number + 1])[0], together[number])
    assert swapper.swap(faces[:0], []).shape == (0, 128, 128, 3)


@pytest.mark.parametrize("cost", [standins.Cost.TINY, standins.Cost.MIDDLING])
def test_exports_differ_by_their_rounding_alone(model_folder, official, cost):
    faces, who = crops(4), sources(4)
    whole = load(standins.inswapper(model_folder / "whole.onnx", cost)).swap(faces, who)
    free = load(standins.inswapper(model_folder / "free.onnx", cost, ANY_BATCH)).swap(faces, who)
    half = load(standins.inswapper(model_folder / "half.onnx", cost, Export(half=True))).swap(faces, who)
    assert np.array_equal(free, whole)
    difference = np.abs(half.astype(int) - whole)
    assert 0 < difference.mean() < 0.25
    assert difference.max() <= 2


def test_each_source_goes_with_its_own_crop(official):
    swapper = load(official)
    faces, (one, other) = crops(2)[:1].repeat(2, axis=0), sources(2)
    made = swapper.swap(faces, [one, other])
    assert not np.array_equal(made[0], made[1])
    assert np.array_equal(swapper.swap(faces, [other, one]), made[::-1])


def test_only_the_direction_of_an_embedding_counts(official):
    swapper = load(official)
    (source,) = sources(1)
    longer = Source(source.crop, source.embedding * np.float32(4))
    assert np.array_equal(swapper.swap(crops(1), [longer]), swapper.swap(crops(1), [source]))


def test_arguments_stay_as_they_are(official):
    faces, (source,) = crops(1), sources(1)
    before, embedding = faces.copy(), source.embedding.copy()
    load(official).swap(faces, [source])
    assert np.array_equal(faces, before)
    assert np.array_equal(source.embedding, embedding)


def test_a_file_of_another_kind_is_told_what_was_expected_and_found(model_folder):
    file = standins.arcface(model_folder / "arcface.onnx")
    with pytest.raises(TaskError) as caught:
        load(file)
    assert caught.value.reason is Reason.MODEL_MISMATCH
    assert caught.value.message == (
        "swapper standin-inswapper: its file is no inswapper model: inputs: expected "
        "target float32 or float16 [any, 3, 128, 128], source float32 or float16 [any, 512]; "
        "found input.1 float32 [any, 3, 112, 112]; correct its format, address and digest in the model catalogue"
    )


def test_an_export_without_the_map_is_refused(model_folder):
    import onnx

    model = onnx.load(standins.inswapper(model_folder / "whole.onnx"))
    del model.graph.initializer[-1]
    onnx.save(model, model_folder / "stripped.onnx")
    with pytest.raises(TaskError, match=r"expected the map of embeddings, an initializer \[512, 512\]; found none"):
        load(model_folder / "stripped.onnx")


def test_a_source_without_an_embedding_is_a_defect(official):
    with pytest.raises(ValueError, match="has none"):
        load(official).swap(crops(1), [Source(np.zeros((128, 128, 3), np.uint8))])


def test_another_format_is_refused_by_name(official):
    model = standins.reference("standin-inswapper", official).model_copy(update={"format": "simswap"})
    with pytest.raises(LacksPlanError, match=r"swapper standin-inswapper \(format simswap\).*format inswapper"):
        load_swapper(model, official, OPTIONS)
