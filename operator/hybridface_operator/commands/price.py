"""`hybridface price`: dated quotes of what a pool's GPUs cost."""

from __future__ import annotations

import asyncio
import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hybridface_operator.consul_kv.publish import publish_price
from hybridface_operator.consul_kv.settings import ConsulSettings
from hybridface_operator.errors import UsageError
from hybridface_operator.policy.load import load_inventory, parse_quote
from hybridface_operator.policy.quotes import Quote
from hybridface_operator.policy.types import written
from hybridface_operator.spec.problems import nearest
from hybridface_operator.spec.types import DNS_LABEL, MEANING

app = typer.Typer(name="price", help="Publish prices of GPU pools.", rich_markup_mode=None)


@app.callback()
def price() -> None:
    """Publish prices of GPU pools."""


@app.command()
def publish(
    pool: Annotated[str, typer.Argument(metavar="POOL", help="Name of the pool in the inventory.")],
    price: Annotated[str, typer.Argument(metavar="PRICE", help="Price per GPU-hour, such as 0.31.")],
    currency: Annotated[str, typer.Option(metavar="CODE", help="Currency, which must be the policy's.")] = "USD",
    source: Annotated[str, typer.Option(metavar="TEXT", help="Source of the price.")] = "hybridface price publish",
    pools: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Inventory to check the pool's name against.")
    ] = None,
) -> int:
    """Publish the current price per GPU-hour of a pool."""
    _check_pool(pool, pools)
    observed_at = written(datetime.now(UTC).replace(microsecond=0))
    fields = {"price": price, "currency": currency, "observedAt": observed_at, "source": source}
    quote = parse_quote(json.dumps(fields).encode(), f"the quote of {pool}")
    key = asyncio.run(_publish(ConsulSettings.from_env(os.environ), pool, quote))
    typer.echo(f"{key}: {quote.price:f} {quote.currency} per GPU-hour, observed at {quote.observed_at}")
    return 0


def _check_pool(pool: str, pools: Path | None) -> None:
    if not re.fullmatch(DNS_LABEL, pool) or len(pool) > 63:
        raise UsageError(f"{pool!r} names no pool: it must be {MEANING[DNS_LABEL]}")
    known = [each.name for each in load_inventory(pools).pools] if pools else [pool]
    if pool not in known:
        raise UsageError(f'{pools}: has no pool "{pool}"; {nearest(pool, known)}')


async def _publish(settings: ConsulSettings, pool: str, quote: Quote) -> str:
    from hybridface_operator.consul_kv.client import ConsulKV  # noqa: PLC0415 - the client is slow to import

    async with ConsulKV(settings) as kv:
        return await publish_price(kv, pool, quote)
