"""Operators' keys on a real server, and jobs whose workers have nothing but the credentials of their attempt."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from minio import MinioAdmin
from minio.credentials.providers import StaticProvider

from hybridface_operator.credentials.copies import needed_copies, with_copies
from hybridface_operator.credentials.copying import Copier
from hybridface_operator.credentials.minting import Minter
from hybridface_operator.credentials.session_policy import Reach, session_policy
from hybridface_operator.credentials.settings import StsSettings
from hybridface_operator.credentials.temporary import StorageCredentials
from hybridface_operator.spec.labels import Phase
from hybridface_operator.storage.expand import expand
from hybridface_worker.contract.inputs import Inputs
from hybridface_worker.store.credentials import ACCESS_KEY, SECRET_KEY, SESSION_TOKEN

from .minio_server import ACCESS_KEY as ROOT
from .minio_server import SECRET_KEY as ROOT_SECRET
from .minio_server import MinioServer
from .remote_jobs import RemoteJob

_NUMBERS = itertools.count()
_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::*"]}]}


class ParentKey:
    """A key that is not root. By default it may do all with objects: what it mints is bounded by policies alone."""

    def __init__(self, minio: MinioServer, folder: Path, policy: Mapping[str, Any] = _ALL) -> None:
        self.name, self.secret = f"operator-{next(_NUMBERS)}", "operator-secret"
        self.folder = folder / self.name
        self.folder.mkdir()
        (self.folder / ACCESS_KEY).write_text(self.name)
        (self.folder / SECRET_KEY).write_text(self.secret)
        self.admin = MinioAdmin(
            endpoint=minio.settings.endpoint, credentials=StaticProvider(ROOT, ROOT_SECRET), secure=False
        )
        self.admin.user_add(access_key=self.name, secret_key=self.secret)
        self.admin.policy_add(policy_name=self.name, policy=dict(policy))
        self.admin.attach_policy(policies=[self.name], user=self.name)
        self.settings = StsSettings(f"http://{minio.settings.endpoint}", self.folder)

    @property
    def minter(self) -> Minter:
        """Mints with this key."""
        return Minter(self.settings)

    def disable(self) -> None:
        """From now on neither the key nor what was minted with it is good for anything."""
        self.admin.user_disable(access_key=self.name)

    def enable(self) -> None:
        """Undoes that."""
        self.admin.user_enable(access_key=self.name)


def mount(folder: Path, minted: StorageCredentials) -> Path:
    """Puts credentials into a folder as a kubelet does with a Secret: all files change by one link."""
    folder.mkdir(exist_ok=True)
    version = folder / f"..{next(_NUMBERS)}"
    version.mkdir()
    files = {ACCESS_KEY: minted.access_key, SECRET_KEY: minted.secret_key, SESSION_TOKEN: minted.session_token}
    for name, text in files.items():
        (version / name).write_text(text)
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"..data/{name}")
    (folder / "..new").symlink_to(version.name)
    (folder / "..new").replace(folder / "..data")
    return folder


class MintedJob(RemoteJob):
    """A job whose workers have, in each phase, what the policy of that phase opens."""

    def __init__(self, minio: MinioServer, work: str, *, parent: ParentKey, folder: Path, **job: Any) -> None:
        self.parent = parent
        self._mounted = folder
        self._minio = minio
        super().__init__(minio, work, **job)

    @property
    def folder(self) -> str:
        """URI of the job's own folder."""
        return self.area.uri("")

    @property
    def reach(self) -> Reach:
        """What its attempts need."""
        return Reach.of(self.folder, self.inputs, self._models, self.job.spec.output.uri)

    def mint(self, phase: Phase, attempt: int, parent: ParentKey | None = None) -> StorageCredentials:
        """Credentials of an attempt."""
        return (parent or self.parent).minter.mint(session_policy(phase, attempt, self.reach))

    def environment(self, phase: Phase, attempt: int) -> dict[str, str]:
        """That of a worker with the attempt's credentials in a folder, and no others."""
        folder = mount(self._mounted / f"{phase}-{attempt}", self.mint(phase, attempt))
        ours = ("HYBRIDFACE_S3_ACCESS_KEY", "HYBRIDFACE_S3_SECRET_KEY")
        others = {name: value for name, value in self._environment.items() if name not in ours}
        return {**others, "HYBRIDFACE_CREDENTIALS_DIR": str(folder), "HYBRIDFACE_SERVICE_PATIENCE_SECONDS": "120"}

    def _expanded(self) -> Inputs:
        found = expand(self.job.spec, self.stores)
        copies = needed_copies(self.folder, found, self._models, self.job.spec.output.uri)
        etags: Mapping[str, str] = Copier(self._minio.settings).copy(copies)
        return with_copies(found, self.folder, etags)

    def _environment_of(self, phase: str) -> dict[str, str]:
        return self.environment(cast("Phase", phase), self._attempts)
