"""What `docs/guides/kueue.md` has its reader create, for a tenant of a test, and what it shows."""

from __future__ import annotations

import re
from typing import Any

import yaml

from support.estate_documents import GPU, INVENTORY
from support.pages import ROOT, files

Body = dict[str, Any]
_PAGE = ROOT / "docs" / "guides" / "kueue.md"
_FILES = files(_PAGE)
VALUES: Body = yaml.safe_load(_FILES["kueue-values.yaml"])
"""For the chart."""
_TENANT = "studio"
_UID = "0d0f…"


def inventory() -> Body:
    """That of the page, and the usual cloud pools."""
    own: Body = VALUES["inventory"]
    return own | {"pools": own["pools"] + INVENTORY["pools"][1:]}


def queues(namespace: str, *, gpus: int | None = None, stop: str = "None", without: str = "") -> list[Body]:
    """Flavour, ClusterQueue and LocalQueue for the tenant of that namespace; by default with the page's quota.

    `stop` is the ClusterQueue's `stopPolicy`, `without` a resource that it does not cover.
    """
    bodies: list[Body] = list(yaml.safe_load_all(_FILES["kueue.yaml"].replace(_TENANT, namespace)))
    (queue,) = (body["spec"] for body in bodies if body["kind"] == "ClusterQueue")
    queue["stopPolicy"] = stop
    (group,) = queue["resourceGroups"]
    (flavour,) = group["flavors"]
    group["coveredResources"] = [name for name in group["coveredResources"] if name != without]
    flavour["resources"] = [each for each in flavour["resources"] if each["name"] != without]
    for resource in flavour["resources"]:
        if resource["name"] == GPU and gpus is not None:
            resource["nominalQuota"] = gpus
    return bodies


def message_shown(namespace: str) -> re.Pattern[str]:
    """The message of `Queued` that the page shows, in that namespace, with whatever UID."""
    found = re.search(r"^  Message: (.+?)^```$", _PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert found, "the page shows no message"
    whole = re.escape(" ".join(found[1].split()).replace(f"-n {_TENANT} ", f"-n {namespace} "))
    return re.compile(whole.replace(re.escape(_UID), "[0-9a-f-]{36}"))


def _quota() -> dict[str, Any]:
    (queue,) = (body["spec"] for body in queues(_TENANT) if body["kind"] == "ClusterQueue")
    return {each["name"]: each["nominalQuota"] for each in queue["resourceGroups"][0]["flavors"][0]["resources"]}


QUOTA = _quota()
"""What the page's ClusterQueue has, by resource."""
