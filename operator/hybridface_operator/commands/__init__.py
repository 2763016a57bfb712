"""What the `hybridface` command can do. Each command reads its arguments in a module of its own and works elsewhere."""

from __future__ import annotations

from typing import Annotated

import typer

from hybridface_worker import __version__

from . import explain, local, policy, price, status

app = typer.Typer(
    name="hybridface",
    help="Swap faces in images and videos, on this machine or across private and cloud GPU pools.",
    epilog="Begin with `hybridface run examples/minimal.yaml`. "
    "Exit status: 0 done, 1 the job failed or was interrupted, 2 wrong use or input.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain text: no frames, and no <bool> beside a switch
)
app.command()(local.run)
app.command(short_help="Show the faces in an image.")(local.faces)
app.command()(explain.explain)
app.command(short_help="Show the status of a job in a cluster.")(status.status)
app.add_typer(policy.app)
app.add_typer(price.app)


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
