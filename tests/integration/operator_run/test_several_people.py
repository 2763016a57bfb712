"""Several people in one target, each with a source of their own: from `kubectl apply` to outputs in MinIO."""

from __future__ import annotations

from typing import Any

from hybridface_operator.catalogue import load_catalogue
from support.estate_models import RECOGNISER
from support.people import GUEST, MAN, WOMAN, assert_each_as_if_alone, clip, portrait
from support.runs import manifest, run
from support.runs import portrait as astronaut
from support.standins import write_catalogue

FRAMES = 24
MODELS = {"recogniser": RECOGNISER}


def source(name: str, uri: str) -> dict[str, Any]:
    return {"name": name, "images": [{"uri": uri}]}


def test_each_gets_the_source_of_the_map_and_the_status_says_what_it_took(home, tmp_path):
    files = {
        "astronaut": astronaut(),
        "guest": portrait(GUEST, tmp_path / "guest.png"),
        "woman": portrait(WOMAN, tmp_path / "woman.png"),
        "man": portrait(MAN, tmp_path / "man.png"),
    }
    uris = {name: home.upload(home.inbox, f"people/{name}.png", path) for name, path in files.items()}
    pairs = {"woman": "astronaut", "man": "guest"}
    entries = [{"reference": {"uri": uris[who]}, "source": name} for who, name in pairs.items()]
    home.apply(
        home.manifest(
            "people",
            {"clip": clip(FRAMES)},
            sources=[source(name, uris[name]) for name in pairs.values()],
            faces={"map": entries, "minSimilarity": "0.5"},
            models=MODELS,
        )
    )
    status = home.done("people")["status"]

    alone = {}
    known = load_catalogue(write_catalogue(tmp_path, [RECOGNISER]))
    for who, name in pairs.items():
        document = manifest(
            {"clip": clip(FRAMES)},
            tmp_path / who / "out",
            sources=[source(name, files[name].as_uri())],
            faces={"select": "reference", "reference": {"uri": files[who].as_uri()}, "minSimilarity": "0.5"},
            models=MODELS,
        )
        alone[who] = run(document, tmp_path / who / "store", catalogue=known).outputs()["clip"].path
    made = home.download(home.results, "people/clip.mp4")
    assert_each_as_if_alone(made, alone["woman"], alone["man"], FRAMES)

    usage = status["usage"]
    assert status["outputs"]["count"] == 1
    assert usage["videoSeconds"] == "0.960"
    assert [each["pool"] for each in usage["gpuSeconds"]] == [each["pool"] for each in usage["cost"]] == ["private"]
    assert usage["gpuSeconds"][0]["seconds"] > 0
    assert usage["totalCost"] == "0.0000"
    assert usage["currency"] == "USD"
    assert 0 < usage["deviceBusyPercent"] <= 100
