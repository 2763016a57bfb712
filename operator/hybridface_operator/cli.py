"""The `hybridface` command. Exit status: 0 done, 1 the job failed or was interrupted, 2 wrong use or input."""

from __future__ import annotations

import sys
from typing import Any

from hybridface_operator.extras import missing_extras

_BEFORE = "interrupted before any work was done; run the same command again"


def main() -> int:
    """Runs the command; every failure is one line on standard error."""
    try:
        return _run()
    except KeyboardInterrupt:  # while libraries are imported, too: that takes seconds where disks are slow
        return _complain(_BEFORE, 1)


def _run() -> int:
    if missing := missing_extras(("operator",)):
        return _complain(missing, 2)
    from typer import Abort, TyperException

    from hybridface_operator.commands import app
    from hybridface_operator.errors import OperatorError
    from hybridface_worker.contract.document import DocumentError
    from hybridface_worker.contract.errors import TaskError, WorkerError

    try:
        status = app(standalone_mode=False, prog_name="hybridface")
    except TyperException as error:
        return _complain(_with_hint(error.format_message(), getattr(error, "ctx", None)), 2)
    except OperatorError as error:
        return _complain(str(error), error.exit_status)
    except WorkerError as error:
        return _complain(error.message, 2 if isinstance(error, TaskError) else 1)
    except DocumentError as error:
        return _complain(str(error), 2)
    except Abort:
        return _complain(_BEFORE, 1)
    return status if isinstance(status, int) else 0


def _with_hint(message: str, context: Any) -> str:
    """What is wrong with the words of the command, and where the right ones are."""
    if not message or context is None:
        return message
    end = "" if message.endswith((".", "?")) else "."
    return f"{message}{end} See `{context.command_path} --help`."


def _complain(why: str, status: int) -> int:
    sys.stderr.writelines(f"hybridface: {line}\n" for line in why.splitlines())
    return status
