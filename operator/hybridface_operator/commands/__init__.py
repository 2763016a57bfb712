"""What the `hybridface` command can do. Each command reads its arguments in a module of its own and works elsewhere."""

from __future__ import annotations

from collections import UserDict
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from hybridface_worker import __version__

_MODULES = {
    "run": "local", "faces": "local", "explain": "explain", "status": "status", "policy": "policy", "price": "price"
}  # fmt: skip
"""Where commands, and groups of them, are; in the order in which they are shown."""


class _Imported(UserDict[str, Any]):
    """Commands by name, each imported once it is looked at: all of them take twice as long as most of them alone."""

    def __getitem__(self, name: str) -> Any:
        group = get_group(import_module(f".{self.data[name]}", __name__).app)
        return group.commands.get(name, group)


class _Commands(TyperGroup):
    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Imported(_MODULES)


app = typer.Typer(
    name="hybridface",
    cls=_Commands,
    help="Swap faces in images and videos, on this machine or across private and cloud GPU pools.",
    epilog="Begin with `hybridface run examples/minimal.yaml`. "
    "Exit status: 0 done, 1 the job failed or was interrupted, 2 wrong use or input.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain text: no frames, and no <bool> beside a switch
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer's callback
    if wanted:
        typer.echo(f"hybridface {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def hybridface(
    context: typer.Context,
    *,
    version: Annotated[  # noqa: ARG001 - its callback prints it
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Swap faces in images and videos, on this machine or across private and cloud GPU pools."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)
