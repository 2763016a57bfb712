"""The `hybridface-worker` command, which pods run. It ends with an exit code of the contract, and logs why."""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import NoReturn, Protocol

import cv2
import structlog

from hybridface_worker import __version__
from hybridface_worker.contract.document import DocumentError
from hybridface_worker.contract.errors import (
    InputRefused,
    ObjectNotFoundError,
    ResourceError,
    TaskError,
    WorkerError,
)
from hybridface_worker.contract.events import Event
from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.logs import configure
from hybridface_worker.parent import die_with_parent
from hybridface_worker.phases.context import PhaseContext, Progress, open_task
from hybridface_worker.phases.faces import model_argument, print_faces
from hybridface_worker.phases.merge import MergePhase
from hybridface_worker.phases.preload import preload
from hybridface_worker.phases.probe import ProbePhase
from hybridface_worker.phases.swap import SwapPhase
from hybridface_worker.settings import WorkerSettings
from hybridface_worker.store.scratch import scratch_folder
from hybridface_worker.store.stores import Stores
from hybridface_worker.watchdog import Watchdog


class Phase(Protocol):
    """What a pod does."""

    def run(self) -> None:
        """Does all of the shard, or raises."""
        ...


PHASES: dict[str, Callable[[PhaseContext], Phase]] = {"probe": ProbePhase, "swap": SwapPhase, "merge": MergePhase}


def main(arguments: list[str] | None = None) -> int:
    """Runs one command. Returns the exit status; every failure is logged as one `failed` event before."""
    signal.signal(signal.SIGTERM, _leave)  # the first process of a container ignores what it does not handle
    configure()
    try:
        options = _parser().parse_args(arguments)
        if options.die_with_parent is not None:
            die_with_parent(options.die_with_parent)
        settings = WorkerSettings.from_env(os.environ)
        if options.command == "faces":
            return _run_faces(options, settings)
        if options.command == "preload":
            return _run_preload(options.task, settings)
        return _run_phase(options.command, options.task, options.shard, settings)
    except Exception as error:  # noqa: BLE001 - the one place where a defect becomes an exit code
        return _failed(error)


class _Parser(argparse.ArgumentParser):
    """A parser that raises TaskError instead of exiting."""

    def error(self, message: str) -> NoReturn:
        raise TaskError(Reason.BAD_TASK, f"{message}; {self.format_usage().strip()}")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="hybridface-worker", description="The worker that the pods of a FaceSwapJob run.")
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--die-with-parent", type=int, metavar="PID", help="exit when this parent process ends")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in PHASES:
        phase = commands.add_parser(name, help=f"run one shard of a {name} task")
        phase.add_argument("task", metavar="TASK", help="URI of attempts/<n>.json")
        phase.add_argument(
            "--shard", type=int, default=os.environ.get("JOB_COMPLETION_INDEX"), help="default: JOB_COMPLETION_INDEX"
        )
    models = commands.add_parser("preload", help="fetch the models of an attempt into HYBRIDFACE_MODEL_CACHE")
    models.add_argument("task", metavar="TASK-OR-PLAN", help="URI of attempts/<n>.json or plan.json")
    faces = commands.add_parser("faces", help="print the faces of an image as JSON lines")
    faces.add_argument("image", metavar="IMAGE", help="URI of the image")
    faces.add_argument(
        "--detector", default="centerface", metavar="MODEL", help="built-in model, or a model reference as JSON"
    )
    faces.add_argument("--recogniser", metavar="MODEL", help="a model reference as JSON")
    return parser


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Ends the process before a shard is begun; a partial download is removed."""
    raise SystemExit(ExitCode.TERMINATED)


def _run_faces(options: argparse.Namespace, settings: WorkerSettings) -> int:
    detector = model_argument("detector", options.detector)
    recogniser = model_argument("recogniser", options.recogniser) if options.recogniser else None
    watchdog, stores = _watched(settings)
    print_faces(settings, stores, options.image, detector, recogniser, watchdog.feed)
    return ExitCode.DONE


def _run_preload(task: str, settings: WorkerSettings) -> int:
    watchdog, stores = _watched(settings)
    preload(settings, stores, task, watchdog)
    return ExitCode.DONE


def _run_phase(name: str, task: str, shard: int | None, settings: WorkerSettings) -> int:
    if shard is None:
        raise TaskError(Reason.BAD_TASK, "which shard? give --shard or set JOB_COMPLETION_INDEX")
    cv2.setNumThreads(1)  # stages keep the cores busy; OpenCV would take all of the node's, whatever the settings say
    watchdog, stores = _watched(settings)
    area, attempt = open_task(stores, task)
    if not 0 <= shard < len(attempt.work.shards):
        raise TaskError(Reason.BAD_TASK, f"{task} has shards 0 to {len(attempt.work.shards) - 1}, not {shard}")
    structlog.contextvars.bind_contextvars(
        job=attempt.job.name, uid=attempt.job.uid, phase=attempt.work.phase, attempt=attempt.attempt, shard=shard
    )
    log = structlog.get_logger()
    with scratch_folder(settings.scratch) as scratch:
        context = PhaseContext(settings, stores, area, attempt, shard, scratch, Progress(watchdog))

        def stop(_signal: int, _frame: FrameType | None) -> None:
            context.stopping.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        log.info(Event.SHARD_STARTED)
        PHASES[name](context).run()
    if context.stopping.is_set():
        return ExitCode.TERMINATED
    log.info(Event.SHARD_DONE)
    return ExitCode.DONE


def _watched(settings: WorkerSettings) -> tuple[Watchdog, Stores]:
    """The stores, and a watchdog that they feed."""
    watchdog = Watchdog(settings.stall_seconds)
    watchdog.start()
    return watchdog, Stores(settings.store, watchdog.feed)


def _failed(error: Exception) -> int:
    """Logs the failure and returns its exit code."""
    log = structlog.get_logger()
    worker_error = _as_worker_error(error)
    if worker_error is None:
        message = f"{type(error).__name__}: {error}"
        log.error(Event.FAILED, reason=Reason.DEFECT, message=message, exit_code=int(ExitCode.DEFECT), exc_info=error)
        return ExitCode.DEFECT
    code = worker_error.exit_code
    log.error(Event.FAILED, reason=worker_error.reason, message=worker_error.message, exit_code=int(code))
    return code


def _as_worker_error(error: Exception) -> WorkerError | None:
    match error:
        case InputRefused():
            return TaskError(error.reason, error.message)
        case ObjectNotFoundError():  # of the job's own: inputs that are not there are refused where they are opened
            return TaskError(
                Reason.BAD_TASK, f"{error.message}: the job's folder is incomplete; delete the job and apply it again"
            )
        case WorkerError():
            return error
        case DocumentError():
            again = "; a job keeps its worker: delete it and apply it again" if error.newer else ""
            return TaskError(Reason.BAD_TASK, f"{error}{again}")
        case MemoryError():
            return ResourceError(
                Reason.OUT_OF_MEMORY,
                f"the worker's memory ran out ({str(error) or 'it does not say where'}): give it more, or lower"
                " HYBRIDFACE_THREADS or HYBRIDFACE_BATCH",
            )
        case _:
            return None
