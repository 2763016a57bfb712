"""`hybridface policy`: the document in Consul that says where work goes."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from hybridface_operator.consul_kv.publish import Published, Stored, publish_first_policy, publish_policy, stored_policy
from hybridface_operator.consul_kv.settings import ConsulSettings
from hybridface_operator.errors import OperatorError, UsageError
from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.policy.load import check_inventory, check_policy, load_inventory
from hybridface_operator.policy.policy import Policy

from .arguments import Output, OutputForm
from .policy_shown import as_json, print_stored

app = typer.Typer(
    name="policy", help="Check, publish and show the policy that decides where work runs.", rich_markup_mode=None
)

PolicyFile = Annotated[Path, typer.Argument(metavar="FILE", help="Policy, as YAML or JSON.")]
PoolsFile = Annotated[
    Path, typer.Option("--pools", metavar="FILE", help="Inventory to check the policy against, as YAML or JSON.")
]


@app.command(short_help="Check a policy without publishing it.")
def validate(file: PolicyFile, pools: PoolsFile) -> int:
    """Check a policy against its schema and the inventory, without publishing it."""
    policy, _ = _valid(file, pools)
    typer.echo(f"{file}: valid, {len(policy.rules)} rules, sha256 {policy.digest()}")
    return 0


@app.command(short_help="Check and publish a policy.")
def publish(
    file: PolicyFile,
    pools: PoolsFile,
    *,
    if_absent: Annotated[bool, typer.Option("--if-absent", help="Do nothing if Consul already has a policy.")] = False,
) -> int:
    """Check a policy and publish it to Consul, unless somebody else changed it in the meantime."""
    policy, inventory = _valid(file, pools)
    settings = ConsulSettings.from_env(os.environ)
    published = asyncio.run(_publish(settings, policy, inventory, if_absent=if_absent))
    if published is None:
        typer.echo(f"{settings.policy_key}: holds another policy, which stays")
        return 0
    done = "published" if published.written else "was there already"
    typer.echo(f"{published.key}: {done}, index {published.revision}, sha256 {published.sha256}")
    return 0


@app.command()
def show(
    *,
    pools: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Inventory to check the policy against. Default: only the schema is checked."
        ),
    ] = None,
    output: Output = OutputForm.TABLE,
) -> int:
    """Show the policy in Consul, and whether it is valid."""
    inventory = load_inventory(pools) if pools else None
    settings = ConsulSettings.from_env(os.environ)
    stored = asyncio.run(_stored(settings, inventory))
    if stored is None:
        raise OperatorError(f"there is no policy at {settings.policy_key}: `hybridface policy publish` puts one there")
    if output is OutputForm.JSON:
        typer.echo(as_json(stored))
    else:
        print_stored(stored)
    if stored.policy is None:
        raise UsageError(stored.problem)
    return 0


def _valid(file: Path, pools: Path) -> tuple[Policy, Inventory]:
    """The policy and its inventory; warnings go to standard error."""
    inventory, unwise = check_inventory(pools)
    policy, warnings = check_policy(file, inventory)
    for warning in (*unwise, *warnings):
        typer.echo(f"hybridface: warning: {warning}", err=True)
    return policy, inventory


async def _publish(
    settings: ConsulSettings, policy: Policy, inventory: Inventory, *, if_absent: bool
) -> Published | None:
    from hybridface_operator.consul_kv.client import ConsulKV  # noqa: PLC0415 - the client is slow to import

    publish = publish_first_policy if if_absent else publish_policy
    async with ConsulKV(settings) as kv:
        return await publish(kv, policy, inventory)


async def _stored(settings: ConsulSettings, inventory: Inventory | None) -> Stored | None:
    from hybridface_operator.consul_kv.client import ConsulKV  # noqa: PLC0415 - the client is slow to import

    async with ConsulKV(settings) as kv:
        return await stored_policy(kv, inventory)
