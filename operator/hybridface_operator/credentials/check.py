"""Whether a tenant may read what its job reads and write where it writes. Decides only.

Asked of every job before anything is done for it, and again when it or its grant changed: one that is refused is not
given credentials, nor are those that it has renewed.

What a prefix opens is `policy.grants`' business; this knows which addresses a job has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hybridface_operator.policy.grants import granted
from hybridface_operator.policy.tenants import Grant
from hybridface_operator.spec.job import FaceSwapJobSpec
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason


def check_access(namespace: str, grant: Grant | None, spec: FaceSwapJobSpec) -> list[Finding]:
    """Why the job's pods get no credentials; empty where the tenant may do all that they need.

    `grant` is the namespace's, None where it has none. What is below a prefix that the job names is granted with it.
    """
    if grant is None:
        message = (
            f"namespace {namespace} has no grant, so it may have no jobs; the cluster's administrators give grants"
        )
        return [Finding(reason=Reason.NO_GRANT, message=message)]
    reads = (finding for place, uri in _read_by(spec) for finding in _refused(grant, place, [uri]))
    return [*reads, *_refused(grant, "spec.output.uri", writes=[spec.output.uri])]


def _read_by(spec: FaceSwapJobSpec) -> Iterator[tuple[str, str]]:
    for number, source in enumerate(spec.sources):
        for image_number, image in enumerate(source.images):
            yield f"spec.sources[{number}].images[{image_number}].uri", image.uri
    for number, target in enumerate(spec.targets):
        yield f"spec.targets[{number}].uri", target.uri
    if spec.faces.reference is not None:
        yield "spec.faces.reference.uri", spec.faces.reference.uri
    for number, entry in enumerate(spec.faces.map or ()):
        yield f"spec.faces.map[{number}].reference.uri", entry.reference.uri


def _refused(grant: Grant, place: str, reads: Iterable[str] = (), writes: Iterable[str] = ()) -> list[Finding]:
    """`place` is where the addresses stand."""
    return [
        Finding(
            reason=Reason.NOT_GRANTED, message=f"{place}: {refusal.message}; the cluster's administrators give grants"
        )
        for refusal in granted(grant, reads, writes)
    ]
