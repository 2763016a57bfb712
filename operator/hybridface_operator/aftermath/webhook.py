"""What a webhook is told, how it is signed, and which addresses it may have. Sends nothing.

A receiver checks that `v1` of the header is the HMAC-SHA256 of `<t>.<body>` under the shared secret, and that `t` is
recent.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from hybridface_operator.spec.status import FINAL_CONDITIONS, ConditionType, FaceSwapJobStatus, OutputsStatus
from hybridface_worker.contract.document import Report
from hybridface_worker.contract.fields import Count, Time
from hybridface_worker.contract.spec import JobRef

SIGNATURE = "X-Hybridface-Signature"
NOTIFIED_KEY = "notified.json"
"""Key of what is remembered, below the job's prefix."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_EMBEDDING = tuple(map(ipaddress.IPv6Network, ("::ffff:0:0/96", "::/96", "64:ff9b::/96", "64:ff9b:1::/48")))
"""Networks whose last 32 bits are an IPv4 address: mapped, compatible (RFC 4291), NAT64 (RFC 6052, RFC 8215)."""
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_METADATA = tuple(
    map(ipaddress.ip_network, ("fd00:ec2::/32", "fd20:ce::254/128", "168.63.129.16/32", "100.100.100.200/32"))
)
"""Services of AWS (metadata, pods' identities), Google, Azure and Alibaba Cloud that are not link-local."""


class Notification(Report):
    """What the address in `notify.webhook` gets: how a job ended."""

    job: JobRef
    """Which job. Its uid tells two messages of one job, of which one was thought to be lost, for one."""
    outcome: Literal["completed", "failed"]
    """How it ended."""
    reason: str
    """Why, as a reason code."""
    message: str
    """Why, in words."""
    outputs: OutputsStatus | None = None
    """What was published, where it came to that."""
    started_at: Time | None = None
    """When the operator took it up."""
    finished_at: Time
    """When it ended."""


class Notified(Report):
    """`notified.json`: that a webhook was told, or that it is not tried again."""

    outcome: Literal["delivered", "givenUp"]
    """Whether it has been told."""
    tries: Count
    """How often it was asked."""
    status: Annotated[int, Field(ge=100, le=999)] | None = None
    """What it answered last, as HTTP counts; absent where it answered nothing."""
    message: str
    """The same in words."""
    at: Time
    """When."""


def notification(ref: JobRef, status: Mapping[str, Any]) -> Notification | None:
    """What to say of a job with that status; None where it is not over."""
    read = FaceSwapJobStatus.from_wire(status)
    ended = next((each for each in read.conditions if each.type in FINAL_CONDITIONS and each.status == "True"), None)
    if ended is None or read.completion_time is None:
        return None
    return Notification(
        job=ref,
        outcome="completed" if ended.type is ConditionType.COMPLETE else "failed",
        reason=ended.reason,
        message=ended.message,
        outputs=read.outputs,
        started_at=read.start_time,
        finished_at=read.completion_time,
    )


def signature(secret: bytes, unix_seconds: int, body: bytes) -> str:
    """The value of the header: `t=<unix seconds>,v1=<HMAC-SHA256 in hexadecimal>`."""
    digest = hmac.new(secret, f"{unix_seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={unix_seconds},v1={digest}"


def refusal(text: str, *, private_allowed: bool) -> str:
    """Why nothing may be sent to an address; empty where it may.

    Where clouds hand out their nodes' credentials nothing is ever sent, also where private addresses are allowed. An
    IPv6 address that stands for an IPv4 one is judged as that.
    """
    try:
        address = _meant(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return f"{text!r} is no address"
    if (
        any(address in network for network in _METADATA)
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
    ):
        return f"{text} is an address that no webhook may have"
    if private_allowed or _is_public(address):
        return ""
    return f"{text} is not an address of the public internet"


def _is_public(address: Address) -> bool:
    return address.is_global and (isinstance(address, ipaddress.IPv4Address) or address in _GLOBAL_UNICAST)


def _meant(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if any(address in network for network in _EMBEDDING):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if int(address) > 1 else address
    return address.sixtofour or address
