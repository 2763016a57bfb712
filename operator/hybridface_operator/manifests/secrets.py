"""The Secret with an attempt's storage credentials, mounted as a folder and renewed in place."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from hybridface_operator.credentials.temporary import StorageCredentials
from hybridface_operator.spec.labels import PREFIX

from .attempt import AttemptRef, JobContext, labels, owner_reference, secret_name

ACCESS_KEY, SECRET_KEY, SESSION_TOKEN = "access-key", "secret-key", "session-token"
"""The files that a worker reads."""
ANNOTATION_MINTED = f"{PREFIX}minted"
ANNOTATION_EXPIRES = f"{PREFIX}expires"


def credentials_secret(context: JobContext, attempt: AttemptRef, credentials: StorageCredentials) -> dict[str, Any]:
    """The Secret, in the FaceSwapJob's namespace; it goes with the FaceSwapJob."""
    files = {
        ACCESS_KEY: credentials.access_key,
        SECRET_KEY: credentials.secret_key,
        SESSION_TOKEN: credentials.session_token,
    }
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": secret_name(context.sensitivity, context.job.uid, attempt.number),
            "namespace": context.job.namespace,
            "labels": labels(context, attempt),
            "annotations": {ANNOTATION_MINTED: credentials.minted, ANNOTATION_EXPIRES: credentials.expires},
            "ownerReferences": [owner_reference(context.job)],
        },
        "type": "Opaque",
        "data": {name: b64encode(text.encode()).decode() for name, text in files.items()},
    }
