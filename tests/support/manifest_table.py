"""Manifests and what is to be said of them, by the models and by an API server alike.

A case is a name, the manifest, and the field that a refusal names; None where the manifest is taken.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml

from support.jobs import SMALLEST, manifest

EXAMPLES = Path(__file__).parents[2] / "examples"


class Case(NamedTuple):
    """A manifest and its verdict."""

    name: str
    body: dict[str, Any]
    field: str | None


def image(uri: str = "s3://faces/a.jpg") -> dict[str, Any]:
    return {"uri": uri}


def source(name: str, *uris: str) -> dict[str, Any]:
    return {"name": name, "images": [image(uri) for uri in uris or ("s3://faces/a.jpg",)]}


def target(uri: str, name: str = "clip") -> list[dict[str, Any]]:
    return [{"name": name, "uri": uri}]


def video(**fields: Any) -> dict[str, Any]:
    return {"uri": "s3://results/", "video": fields}


def mapped(*names: str) -> list[dict[str, Any]]:
    return [{"reference": image(f"s3://faces/like-{name}.jpg"), "source": name} for name in names]


def consent(expires: str) -> dict[str, Any]:
    return {"reference": "contract 1", "expires": expires}


def named(name: str) -> dict[str, Any]:
    return SMALLEST | {"metadata": {"name": name}}


def largest() -> dict[str, Any]:
    """As many and as long entries as an object in etcd can be."""
    sources = [source(f"actor-{n}", *(f"s3://faces/{n}-{i}-{'x' * 600}" for i in range(16))) for n in range(32)]
    targets = [{"name": f"clip-{n}", "uri": f"s3://inbox/{n}-{'y' * 800}"} for n in range(256)]
    entries = mapped(*(f"actor-{n}" for n in range(32)))
    return manifest(sources=sources, targets=targets, faces={"map": entries}, output={"uri": "s3://results/"})


HOOK = {"url": "https://hooks.example.org/x?y=1", "secretRef": {"name": "hook"}}
BAD_HOOK = HOOK | {"secretRef": {"name": "a/b"}}
MANY_OPTIONS = {f"o{n}": "1" for n in range(33)}
TWO = [source("a"), source("b")]
REFERENCE = {"reference": image()}
REFERENCE_TO_FOLDER = {"select": "reference", "reference": image("s3://faces/")}
TWICE = [{"reference": image(), "source": name} for name in ("a", "b")]
MAP_TO_ALL = {"map": [{"reference": image("s3://faces/*"), "source": "actor"}]}

TAKEN: list[tuple[str, dict[str, Any]]] = [
    ("smallest", SMALLEST),
    ("largest", largest()),
    ("name of 52 characters", named("a" * 52)),
    ("name that begins with a digit", named("2026-spring")),
    ("nulls are unset", SMALLEST | {"spec": SMALLEST["spec"] | {"faces": None, "budget": None, "notify": None}}),
    ("empty parts", manifest(faces={}, models={}, blend={}, budget={}, notify={})),
    ("target of a whole bucket", manifest(targets=target("s3://inbox"))),
    ("target of a prefix", manifest(targets=target("s3://inbox/stills/"))),
    ("key with spaces and letters of any script", manifest(targets=target("s3://inbox/mein Clip (été).mp4"))),
    ("key with a hidden file", manifest(targets=target("s3://inbox/.hidden/a.b"))),
    ("output without a slash", manifest(output={"uri": "s3://results/spring"})),
    ("output of 1023 characters", manifest(output={"uri": "s3://results/" + "r" * 1010})),
    ("options", manifest(output=video(options={"crf": "18", "x264-params": "a=1:b=2"}))),
    ("lossless", manifest(output=video(container="mkv", encoder="libx264", quality="lossless"))),
    ("largest face", manifest(faces={"select": "largest", "minScore": "1.0"})),
    ("reference", manifest(faces={"select": "reference", "minSimilarity": "0", **REFERENCE})),
    ("map", manifest(sources=TWO, faces={"map": mapped("b", "a", "b")})),
    (
        "masks",
        manifest(models={"occluder": "xseg"}, blend={"mask": ["region", "box", "occlusion"], "pixelBoost": 1024}),
    ),
    ("durations", manifest(completeWithin="1h30m10s")),
    ("a second", manifest(completeWithin="0h0m1s")),
    ("time with an offset", manifest(consent=consent("2099-02-28T23:59:59.123456+05:30"))),
    ("budget", manifest(budget={"maxPricePerGpuHour": "0", "maxCost": "999999999.999999"})),
    ("webhook", manifest(notify={"webhook": HOOK})),
    ("bounds", manifest(chunkFrames=128, maxTriesPerChunk=10, ttlSecondsAfterFinished=0, suspend=True)),
    ("pools", manifest(placement={"allowedPools": ["private", "aws-spot"]})),
]

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("name of 53 characters", named("a" * 53), "metadata.name"),
    ("name with a dot", named("a.b"), "metadata.name"),
    ("no spec", {key: value for key, value in SMALLEST.items() if key != "spec"}, "spec"),
    ("unknown field", manifest(outptu={}), "spec.outptu"),
    ("unknown field within", manifest(blend={"colorMatch": True}), "spec.blend.colorMatch"),
    ("no consent", manifest(consent=None), "spec.consent"),
    ("no reference of the consent", manifest(consent={}), "spec.consent.reference"),
    ("consent in two lines", manifest(consent={"reference": "a\nb"}), "spec.consent.reference"),
    ("consent that is too long", manifest(consent={"reference": "x" * 257}), "spec.consent.reference"),
    ("no sources", manifest(sources=[]), "spec.sources"),
    ("sources that are too many", manifest(sources=[source(f"a{n}") for n in range(65)]), "spec.sources"),
    ("no images", manifest(sources=[{"name": "a", "images": []}]), "spec.sources[0].images"),
    ("images that are too many", manifest(sources=[source("a", *["s3://faces/a"] * 17)]), "spec.sources[0].images"),
    ("targets that are too many", manifest(targets=target("s3://inbox/a") * 257), "spec.targets"),
    ("source in capitals", manifest(sources=[source("Actor")]), "spec.sources[0].name"),
    ("source of no name", manifest(sources=[source("")]), "spec.sources[0].name"),
    ("target with a slash", manifest(targets=target("s3://inbox/a", "a/b")), "spec.targets[0].name"),
    ("two sources of a name", manifest(sources=[source("a"), source("b"), source("a")]), "spec.sources[2]"),
    ("two targets of a name", manifest(targets=target("s3://inbox/a") + target("s3://inbox/b")), "spec.targets[1]"),
    ("text for a number", manifest(chunkFrames="64"), "spec.chunkFrames"),
    ("number for a text", manifest(faces={"minScore": 0.5}), "spec.faces.minScore"),
    ("text for true", manifest(suspend="true"), "spec.suspend"),
    ("mapping for a list", manifest(sources={"name": "a"}), "spec.sources"),
    ("chunk that is too small", manifest(chunkFrames=63), "spec.chunkFrames"),
    ("chunk that is too large", manifest(chunkFrames=129), "spec.chunkFrames"),
    ("no tries", manifest(maxTriesPerChunk=0), "spec.maxTriesPerChunk"),
    ("tries without end", manifest(maxTriesPerChunk=11), "spec.maxTriesPerChunk"),
    ("ttl that is too long", manifest(ttlSecondsAfterFinished=315_360_001), "spec.ttlSecondsAfterFinished"),
    ("ttl in the past", manifest(ttlSecondsAfterFinished=-1), "spec.ttlSecondsAfterFinished"),
    ("smoothing that is too wide", manifest(blend={"smoothing": 17}), "spec.blend.smoothing"),
    ("boost between", manifest(blend={"pixelBoost": 200}), "spec.blend.pixelBoost"),
    ("mask twice", manifest(blend={"mask": ["box", "box"]}), "spec.blend.mask[1]"),
    ("no mask", manifest(blend={"mask": []}), "spec.blend.mask"),
    ("word unknown", manifest(sensitivity="secret"), "spec.sensitivity"),
    ("score above 1", manifest(faces={"minScore": "1.2"}), "spec.faces.minScore"),
    ("score without its zero", manifest(faces={"minScore": ".5"}), "spec.faces.minScore"),
    ("ratio below 0", manifest(blend={"ratio": "-0.1"}), "spec.blend.ratio"),
    ("cost in powers", manifest(budget={"maxCost": "1e3"}), "spec.budget.maxCost"),
    ("price that is not a number", manifest(budget={"maxPricePerGpuHour": "NaN"}), "spec.budget.maxPricePerGpuHour"),
    ("no pools", manifest(placement={"allowedPools": []}), "spec.placement.allowedPools"),
    ("placement without pools", manifest(placement={}), "spec.placement.allowedPools"),
    ("duration in words", manifest(completeWithin="30 min"), "spec.completeWithin"),
    ("duration of nothing", manifest(completeWithin="0h0m"), "spec.completeWithin"),
    ("duration that is empty", manifest(completeWithin=""), "spec.completeWithin"),
    ("time without a zone", manifest(consent=consent("2099-01-01T00:00:00")), "spec.consent.expires"),
    ("date", manifest(consent=consent("2099-01-01")), "spec.consent.expires"),
    ("30 February", manifest(consent=consent("2099-02-30T00:00:00Z")), "spec.consent.expires"),
    ("25 o'clock", manifest(consent=consent("2099-01-01T25:00:00Z")), "spec.consent.expires"),
    ("a minute of 61 seconds", manifest(consent=consent("2099-01-01T00:00:60Z")), "spec.consent.expires"),
    ("zone that is not", manifest(consent=consent("2099-01-01T00:00:00+99:00")), "spec.consent.expires"),
    ("option that names a file", manifest(output=video(options={"stats": "/etc/x"})), "spec.output.video.options"),
    ("option in capitals", manifest(output=video(options={"CRF": "18"})), "spec.output.video.options"),
    ("option with a long name", manifest(output=video(options={"a" * 65: "1"})), "spec.output.video.options"),
    ("options that are too many", manifest(output=video(options=MANY_OPTIONS)), "spec.output.video.options"),
    ("encoder of no name", manifest(output=video(encoder="")), "spec.output.video.encoder"),
    ("webhook in the clear", manifest(notify={"webhook": {"url": "http://a"}}), "spec.notify.webhook.url"),
    ("webhook with a space", manifest(notify={"webhook": {"url": "https://a b"}}), "spec.notify.webhook.url"),
    ("webhook with a wide space", manifest(notify={"webhook": {"url": "https://a\u00a0b"}}), "spec.notify.webhook.url"),
    ("secret with a slash", manifest(notify={"webhook": BAD_HOOK}), "spec.notify.webhook.secretRef.name"),
    ("model with a slash", manifest(models={"swapper": "a/b"}), "spec.models.swapper"),
    ("occlusion without a model", manifest(blend={"mask": ["box", "occlusion"]}), "spec.models.occluder"),
    ("reference that is missing", manifest(faces={"select": "reference"}), "spec.faces.reference"),
    ("reference without effect", manifest(faces=REFERENCE), "spec.faces.reference"),
    ("map beside a selection", manifest(faces={"select": "largest", "map": mapped("actor")}), "spec.faces.map"),
    ("map that is empty", manifest(faces={"map": []}), "spec.faces.map"),
    ("map to nobody", manifest(faces={"map": mapped("actor", "actress")}), "spec.faces.map"),
    ("person who is mapped to two", manifest(sources=TWO, faces={"map": TWICE}), "spec.faces.map"),
    ("source that no entry uses", manifest(sources=TWO, faces={"map": mapped("a")}), "spec.sources"),
    ("another store", manifest(output={"uri": "gs://bucket/"}), "spec.output.uri"),
    ("no bucket", manifest(output={"uri": "s3:///results/"}), "spec.output.uri"),
    ("no address", manifest(output={"uri": ""}), "spec.output.uri"),
    ("output of 1024 characters", manifest(output={"uri": "s3://results/" + "r" * 1011}), "spec.output.uri"),
    ("bucket in capitals", manifest(output={"uri": "s3://Results/"}), "spec.output.uri"),
    ("bucket with a wildcard", manifest(targets=target("s3://in*/a")), "spec.targets[0].uri"),
    *((f"key with {sign}", manifest(targets=target(f"s3://inbox/a{sign}b")), "spec.targets[0].uri") for sign in "*?$%"),
    ("key that leads up", manifest(targets=target("s3://inbox/../a")), "spec.targets[0].uri"),
    ("key with two dots", manifest(targets=target("s3://inbox/a..b")), "spec.targets[0].uri"),
    ("key with an empty segment", manifest(targets=target("s3://inbox//a")), "spec.targets[0].uri"),
    ("key with two slashes at its end", manifest(targets=target("s3://inbox/a//")), "spec.targets[0].uri"),
    ("key with a dot for a segment", manifest(targets=target("s3://inbox/./a")), "spec.targets[0].uri"),
    ("key that is a dot", manifest(targets=target("s3://inbox/.")), "spec.targets[0].uri"),
    ("key with a line break", manifest(targets=target("s3://inbox/a\nb")), "spec.targets[0].uri"),
    ("key with a control character", manifest(targets=target("s3://inbox/a\x9fb")), "spec.targets[0].uri"),
    ("key with a null", manifest(targets=target("s3://inbox/a\0b")), "spec.targets[0].uri"),
    ("key with a space at its end", manifest(targets=target("s3://inbox/a ")), "spec.targets[0].uri"),
    ("key with a wide space at its end", manifest(targets=target("s3://inbox/a\u3000")), "spec.targets[0].uri"),
    ("image that is a bucket", manifest(sources=[source("a", "s3://faces")]), "spec.sources[0].images[0].uri"),
    ("image that is a folder", manifest(sources=[source("a", "s3://faces/a/")]), "spec.sources[0].images[0].uri"),
    ("image with a wildcard", manifest(sources=[source("a", "s3://faces/*")]), "spec.sources[0].images[0].uri"),
    ("reference that is a folder", manifest(faces=REFERENCE_TO_FOLDER), "spec.faces.reference.uri"),
    ("map with a wildcard", manifest(faces=MAP_TO_ALL), "spec.faces.map[0].reference.uri"),
]  # fmt: skip

ONLY_LOCAL: list[tuple[str, dict[str, Any], str]] = [
    ("file", manifest(targets=target("file:///tmp/clip.mp4")), "spec.targets[0].uri"),
    ("path", manifest(targets=target("clips/clip.mp4")), "spec.targets[0].uri"),
    ("image by path", manifest(sources=[source("a", "faces/a.jpg")]), "spec.sources[0].images[0].uri"),
    ("output by path", manifest(output={"uri": "out/"}), "spec.output.uri"),
]
"""What runs on one machine, and is refused in a cluster."""


def cases() -> list[Case]:
    """Every manifest of which models and API server say the same."""
    full = yaml.safe_load((EXAMPLES / "full.yaml").read_text())
    taken = [*TAKEN, ("examples/full.yaml", full | {"metadata": full["metadata"] | {"namespace": "default"}})]
    return [*(Case(name, body, None) for name, body in taken), *(Case(*refused) for refused in REFUSED)]
