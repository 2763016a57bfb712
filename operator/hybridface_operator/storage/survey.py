"""Looks at what stands where the outputs go, before any work is done for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from hybridface_operator.planning.standing import OutputStanding, output_standing
from hybridface_worker.contract import layout
from hybridface_worker.contract.document import DocumentError
from hybridface_worker.contract.errors import ObjectNotFoundError
from hybridface_worker.contract.manifest import OutputReport
from hybridface_worker.contract.plan import Plan, PlannedOutput
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.store.base import ObjectInfo
from hybridface_worker.store.stores import Stores
from hybridface_worker.store.uri import below

from .records import Records

Output = tuple[str, PlannedOutput]
"""A source's name, and what is made with it."""


class OutputFolder:
    """The folder or prefix that a job publishes into."""

    def __init__(self, stores: Stores, uri: str) -> None:
        self._stores = stores
        self._uri = uri

    def uri(self, path: str) -> str:
        """The URI of what is at that path below it."""
        return below(self._uri, path)

    def head(self, path: str) -> ObjectInfo | None:
        """The object at that path, None where there is none."""
        store, key = self._stores.resolve(self.uri(path))
        try:
            return store.head(key)
        except ObjectNotFoundError:
            return None

    def list(self, prefix: str) -> Iterator[str]:
        """The paths of what is there that begin so."""
        store, folder = self._stores.resolve(self._uri)
        for info in store.list(folder + prefix):
            yield info.key.removeprefix(folder)

    def read(self, path: str) -> bytes | None:
        """The object's bytes, None where there is none."""
        store, key = self._stores.resolve(self.uri(path))
        try:
            return store.read(key)
        except ObjectNotFoundError:
            return None

    def write(self, path: str, data: bytes) -> None:
        """Writes a small object, over what was there."""
        store, key = self._stores.resolve(self.uri(path))
        store.write(key, data)


def survey(records: Records, folder: OutputFolder, plan: Plan) -> dict[Output, str]:
    """The outputs that are to be made, with their URIs; all others are reported on when this returns."""
    reports = records.reports(plan)
    perhaps = set(_perhaps_there(folder, plan))
    wanted: dict[Output, str] = {}
    for position, (source, output) in enumerate(plan.published()):
        path = layout.output_path(source, output.path)
        uri, there = folder.uri(path), folder.head(path) if position in perhaps else None
        report = reports.get((source, output))
        match output_standing(plan.job.uid, there.metadata if there else None, report, plan.output.on_conflict):
            case OutputStanding.DONE:
                continue
            case OutputStanding.UNREPORTED if (found := _report_beside(folder, plan, source, output)) is not None:
                records.put_report(output, found)
            case OutputStanding.IN_THE_WAY:
                records.fail_output(plan, source, output, uri, _in_the_way(uri))
            case _:
                records.forget_report(source, output)
                wanted[source, output] = uri
    return wanted


def in_the_way(folder: OutputFolder, plan: Plan) -> dict[int, Finding]:
    """The outputs of a new job whose place is taken by what is not to be replaced, with what to say of them.

    By their positions among the plan's published ones.
    """
    if plan.output.on_conflict == "replace":
        return {}
    taken: dict[int, Finding] = {}
    for position in _perhaps_there(folder, plan):
        source, output = plan.published_at(position)
        path = layout.output_path(source, output.path)
        there = folder.head(path)
        if there is not None and there.metadata.get(layout.OUTPUT_UID) != plan.job.uid:
            taken[position] = _in_the_way(folder.uri(path))
    return taken


def _perhaps_there(folder: OutputFolder, plan: Plan) -> Iterator[int]:
    """Positions of outputs in whose place something may stand.

    Outputs of one target have a folder of their own, which is listed: most of a hundred thousand need not be asked for.
    """
    folders: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for position, (source, output) in enumerate(plan.published()):
        own, path = layout.output_path(source, f"{output.target}/"), layout.output_path(source, output.path)
        folders[own if path.startswith(own) else path][path] = position
    for name, places in folders.items():
        if len(places) == 1:
            yield from places.values()
        else:
            yield from (places[path] for path in folder.list(name) if path in places)


def _report_beside(folder: OutputFolder, plan: Plan, source: str, output: PlannedOutput) -> OutputReport | None:
    data = folder.read(layout.published_report(plan.job, source, output.path))
    try:
        report = OutputReport.from_bytes(data, output.path) if data is not None else None
    except DocumentError:
        return None
    ours = report is not None and report.job == plan.job and report.outcome == "published"
    return report if ours else None


def _in_the_way(uri: str) -> Finding:
    return Finding(
        reason=Reason.OUTPUT_EXISTS,
        message=f"{uri} is there already and is not of this job; move it away, or set output.onConflict: replace",
    )
