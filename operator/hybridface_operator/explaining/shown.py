"""A placement as a table for people and as JSON for programs."""

from __future__ import annotations

import json

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hybridface_operator.policy.policy import DEFAULT_RULE
from hybridface_operator.policy.words import several
from hybridface_operator.routing.placement import Placement, Verdict


def as_json(placement: Placement) -> str:
    """One object: job, phase, rule, shards by pool, what waits, attempts that leave, every verdict."""
    said = placement.model_dump(mode="json", by_alias=True, exclude_none=True)
    shown = {
        "job": said["job"],
        "phase": said["phase"],
        "rule": said["rule"],
        "shards": said["shares"],
        "waiting": said.get("waiting"),
        "leave": said["leave"],
        "verdicts": said["verdicts"],
    }
    return json.dumps(shown, indent=2, ensure_ascii=False)


def print_placement(console: Console, placement: Placement) -> None:
    """The rule, a row for each pool (its shards, and pods at a time), and what waits."""
    job = placement.job
    table = Table(title=f"{job.namespace}/{job.name}, {placement.phase}: {_rule(placement.rule)}", title_justify="left")
    table.add_column("pool", overflow="fold")
    for column in ("shards", "pods"):
        table.add_column(column, justify="right")
    for column in ("verdict", "why"):
        table.add_column(column, overflow="fold")
    shares = {share.pool: (str(share.shards), str(share.parallelism)) for share in placement.shares}
    for verdict in placement.verdicts:
        said = Text(str(verdict.reason), style=_style(verdict))
        table.add_row(Text(verdict.pool), *shares.get(verdict.pool, ("", "")), said, Text(verdict.message))
    console.print(table)
    for number in placement.leave:
        console.print(f"attempt {number} leaves its pool")
    if placement.waiting is not None:
        waiting = placement.waiting
        said = Text(f"waiting  {several(waiting.shards, 'shard')}: {waiting.reason}: {waiting.message}")
        console.print(said, soft_wrap=True)


def _rule(name: str) -> str:
    return "no rule is for it, so the default holds" if name == DEFAULT_RULE else f'the rule "{name}"'


def _style(verdict: Verdict) -> str:
    if verdict.fit:
        return "green"
    return "red" if verdict.candidate else "dim"
