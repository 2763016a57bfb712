"""From what a specification names to the objects there are: prefixes are listed, every object is looked at once.

Below a prefix these are no inputs: names of which a segment begins with a dot, placeholders of folders (keys that end
in `/`), and whatever lies below the job's own output, so that a job which publishes next to what it reads never eats
its results.
"""

from __future__ import annotations

from collections.abc import Iterator

from hybridface_operator.errors import JobRefused
from hybridface_operator.planning.outputs import possible_names
from hybridface_operator.spec.inputs import Target
from hybridface_operator.spec.job import FaceSwapJobSpec
from hybridface_worker.contract.errors import ObjectNotFoundError, StoreRefusedError
from hybridface_worker.contract.inputs import Inputs, SourceImage, TargetItem, reference_name
from hybridface_worker.contract.layout import PUBLISHED
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.store.base import ObjectInfo
from hybridface_worker.store.stores import Stores
from hybridface_worker.store.uri import BadUriError, below, parse_uri

MAX_INPUTS = 100_000
_NAMED = 20
"""So many missing inputs are named; more would hide the rest of the message."""


def expand(spec: FaceSwapJobSpec, stores: Stores) -> Inputs:
    """Every object that the job reads, as it is now.

    Raises:
        JobRefused: some cannot be found or read, a prefix holds none, or there are too many; the message names them.
    """
    return _Expansion(stores, spec).inputs()


class _Expansion:
    def __init__(self, stores: Stores, spec: FaceSwapJobSpec) -> None:
        self._stores = stores
        self._spec = spec
        self._problems: list[str] = []
        self._count = 0

    def inputs(self) -> Inputs:
        sources = (*self._sources(), *self._references())
        targets = tuple(item for target in self._spec.targets for item in self._target(target))
        if self._problems:
            more = len(self._problems) - _NAMED
            also = f"; and {more} more" if more > 0 else ""
            raise JobRefused(Reason.INPUT_NOT_FOUND, "; ".join(self._problems[:_NAMED]) + also)
        return Inputs(sources=sources, targets=targets)

    def _sources(self) -> Iterator[SourceImage]:
        for source in self._spec.sources:
            for item, image in enumerate(source.images):
                yield from self._image(f"source {source.name!r}", source.name, item, image.uri)

    def _references(self) -> Iterator[SourceImage]:
        for number, reference in enumerate(self._spec.faces.looked_for()):
            yield from self._image("the reference", reference_name(number), 0, reference.uri)

    def _image(self, what: str, name: str, item: int, uri: str) -> Iterator[SourceImage]:
        info = self._head(what, uri)
        if info is not None:
            yield SourceImage(source=name, item=item, uri=uri, size=info.size, etag=info.etag)

    def _target(self, target: Target) -> Iterator[TargetItem]:
        if target.uri.endswith("/"):
            yield from self._prefix(target)
            return
        info = self._head(f"target {target.name!r}", target.uri)
        if info is not None:
            name = info.key.rpartition("/")[2]
            yield TargetItem(
                target=target.name, item=0, uri=target.uri, size=info.size, etag=info.etag, relative_path=name
            )

    def _prefix(self, target: Target) -> Iterator[TargetItem]:
        store, prefix = self._stores.resolve(target.uri)
        own = own_outputs(self._spec, target)
        item = 0
        try:
            for info in store.list(prefix):
                path = info.key[len(prefix) :]
                if not is_input(path) or info.key.startswith(own):
                    continue
                self._counted()
                yield TargetItem(
                    target=target.name,
                    item=item,
                    uri=below(target.uri, path),
                    size=info.size,
                    etag=info.etag,
                    relative_path=path,
                    of_prefix=True,
                )
                item += 1
        except (StoreRefusedError, BadUriError) as error:
            self._problems.append(f"target {target.name!r}: {error.message}")
            return
        if item == 0:
            self._problems.append(f"target {target.name!r}: there is nothing under {target.uri}")

    def _head(self, what: str, uri: str) -> ObjectInfo | None:
        store, key = self._stores.resolve(uri)
        self._counted()
        try:
            return store.head(key)
        except ObjectNotFoundError:
            folder = next(iter(store.list(key + "/")), None)
            hint = " is a folder: end it with / to take what is in it" if folder else " is not there"
            self._problems.append(f"{what}: {uri}{hint}")
        except StoreRefusedError as error:
            self._problems.append(f"{what}: {error.message}")
        return None

    def _counted(self) -> None:
        self._count += 1
        if self._count > MAX_INPUTS:
            raise JobRefused(
                Reason.TOO_MANY_INPUTS, f"the job reads more than {MAX_INPUTS:,} objects; split it into several"
            )


def is_input(path: str) -> bool:
    """Whether what lies at that path below a prefix is taken."""
    return path != "" and not path.endswith("/") and not any(part.startswith(".") for part in path.split("/"))


def own_outputs(spec: FaceSwapJobSpec, target: Target) -> tuple[str, ...]:
    """The prefixes below a target's own that hold what the job publishes: its output's, or those within it."""
    output, prefix = parse_uri(spec.output.uri), parse_uri(target.uri)
    if (output.scheme, output.bucket) != (prefix.scheme, prefix.bucket):
        return ()
    published = [f"{output.key}{name}" for name in (*_made(spec), f"{PUBLISHED}/")]
    return tuple(each for each in (output.key, *published) if each.startswith(prefix.key) and each != prefix.key)


def _made(spec: FaceSwapJobSpec) -> Iterator[str]:
    """Folders and files below the output that hold what is made."""
    if spec.faces.map is None:
        yield from (f"{source.name}/" for source in spec.sources)
        return
    for target in spec.targets:
        yield from (f"{target.name}/",) if target.uri.endswith("/") else possible_names(target.name)
