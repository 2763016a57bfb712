"""A worker that does no pixels: it follows the worker's protocol and does what a script says.

Run as `python standin_worker.py {probe|swap|merge} TASK_URI --shard N`. STANDIN_SCRIPT names a JSON file that maps what
is worked (a chunk's id, `<target>/<item>` for Probe, `<source>/<path>` for Merge, `start` for a process's beginning) to
what happens at each try: `kill`, `exit:<status>`, `hang`, `deaf` (a hang that hears no SIGTERM), `faceless`, `fail`,
`ok`. The last is what happens from then on. `template:video` and `template:face` are what Probe says it found.

Documents are plain JSON here, so that a process starts at once.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from hybridface_worker.contract.errors import ObjectExistsError
from hybridface_worker.store.folder import FolderStore
from hybridface_worker.store.uri import parse_uri

Document = dict[str, Any]

NAME = os.environ["HYBRIDFACE_WORKER_NAME"]
SCRIPT = Path(os.environ["STANDIN_SCRIPT"])
STORE = FolderStore(Path("/"), metadata=Path(os.environ["HYBRIDFACE_FILE_METADATA"]))


def main() -> None:
    phase, task, _, number = sys.argv[1:]
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
    folder, _, name = task.rpartition("/attempts/")
    job = Area(parse_uri(folder).key)
    attempt = job.read(f"attempts/{name}")
    shard = attempt["work"]["shards"][int(number)]
    (SCRIPT.parent / "running").mkdir(exist_ok=True)
    (SCRIPT.parent / "running" / str(os.getpid())).touch()
    act("start")
    match phase:
        case "probe":
            probe(job, shard, int(number))
        case "swap":
            swap(job, shard, attempt["attempt"], int(number))
        case "merge":
            merge(job, shard)
    say("shard.done")


class Area:
    """The job's objects."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def read(self, key: str) -> Document:
        document: Document = json.loads(STORE.read(f"{self._prefix}/{key}"))
        return document

    def has(self, key: str) -> bool:
        return Path(f"/{self._prefix}/{key}").exists()

    def put(self, key: str, document: Document) -> None:
        STORE.write(f"{self._prefix}/{key}", json.dumps({"version": 1, **document}).encode())

    def put_absent(self, key: str, document: Document) -> bool:
        try:
            STORE.write(f"{self._prefix}/{key}", json.dumps({"version": 1, **document}).encode(), if_absent=True)
        except ObjectExistsError:
            return False
        return True


def say(event: str, **fields: object) -> None:
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


def script() -> Document:
    document: Document = json.loads(SCRIPT.read_text())
    return document


def act(key: str) -> str:
    """Does what the script says of this try of the key; returns what is left for the caller to do."""
    actions: list[str] = script().get(key, ["ok"])
    counter = SCRIPT.parent / ("tries-" + key.replace("/", "_"))
    number = len(counter.read_text().splitlines()) if counter.exists() else 0
    action = actions[min(number, len(actions) - 1)]
    if action in ("hang", "deaf"):  # first: whoever sees the try may signal at once
        signal.signal(signal.SIGTERM, signal.SIG_IGN if action == "deaf" else lambda *_: os._exit(143))
    with counter.open("a") as file:
        file.write(f"{NAME}\n")
    match action.partition(":"):
        case "kill", _, _:
            os.kill(os.getpid(), signal.SIGKILL)
        case "exit", _, status:
            sys.stderr.write("the last line\n")
            sys.stderr.flush()
            say("failed", reason="Defect", message=f"told to exit with {status}", exit_code=int(status))
            os._exit(int(status))
        case (("hang" | "deaf"), _, _):
            say("hanging")
            time.sleep(600)
    return action


def probe(job: Area, shard: Document, number: int) -> None:
    key = f"probe/{number:06d}.json"
    if job.has(key):
        return
    inputs, template = job.read("inputs.json"), script()
    sources, items = [], []
    for image in inputs["sources"][slice(*shard["sources"])]:
        found = act(f"{image['source']}/{image['item']}") != "faceless"
        who = {"source": image["source"], "item": image["item"]}
        sources.append(who | ({"face": template["template:face"]} if found else {}))
        say("item.probed", **who)
    for item in inputs["targets"][slice(*shard["targets"])]:
        refused = act(f"{item['target']}/{item['item']}") == "fail"
        what = {"target": item["target"], "item": item["item"]}
        refusal = {"refusal": {"reason": "NotMedia", "message": "no media"}}
        items.append(what | (refusal if refused else {"media": template["template:video"]}))
        say("item.probed", **what)
    job.put_absent(key, {"shard": number, "sources": sources, "items": items})


def chunk_id(chunk: Document) -> str:
    return f"{chunk['source']}/{chunk['target']}/{chunk['unit']}/{chunk['start']:08d}-{chunk['end']:08d}"


def swap(job: Area, shard: Document, attempt: int, number: int) -> None:
    """Two chunks in flight, except where one was tried before."""
    most = job.read("plan.json")["maxTriesPerChunk"]
    alone = {chunk_id(chunk) for chunk in shard.get("alone", [])}
    todo = [chunk for chunk in shard["chunks"] if not job.has(f"done/{chunk_id(chunk)}.json")]
    suspects = [chunk_id(chunk) in alone or job.has(f"tries/{attempt:06d}/{chunk_id(chunk)}/1.json") for chunk in todo]
    for position, chunk in enumerate(todo):
        if not begin(job, chunk, attempt, most):
            say("chunk.skipped", chunk=chunk_id(chunk))
            continue
        if position + 1 < len(todo) and not suspects[position] and not suspects[position + 1]:
            begin(job, todo[position + 1], attempt, most)
        outcome = "failed" if act(chunk_id(chunk)) == "fail" else "done"
        frames = chunk["end"] - chunk["start"]
        say("progress", frames=frames)
        manifest = {
            "chunk": chunk,
            "outcome": outcome,
            "frames": frames,
            "attempt": attempt,
            "shard": number,
            "worker": NAME,
            "finishedAt": "2026-01-01T00:00:00Z",
        }
        job.put_absent(f"done/{chunk_id(chunk)}.json", manifest)
        say("chunk.committed", chunk=chunk_id(chunk), outcome=outcome, frames=frames)


def begin(job: Area, chunk: Document, attempt: int, most: int) -> bool:
    """Marks a try, once for each worker. False at the limit."""
    for number in range(1, most + 1):
        key = f"tries/{attempt:06d}/{chunk_id(chunk)}/{number}.json"
        if job.has(key) and job.read(key)["worker"] == NAME:
            return True
        if job.put_absent(key, {"chunk": chunk, "attempt": attempt, "number": number, "worker": NAME}):
            return True
    return False


def merge(job: Area, shard: Document) -> None:
    plan = job.read("plan.json")
    published = [(source, output) for source in plan["sources"] for output in plan["outputs"]]
    for source, output in published[slice(*shard["outputs"])]:
        path = f"{source}/{output['path']}"
        uri = plan["output"]["uri"] + path
        act(path)
        done = Path(f"/{job._prefix}/done/{source}/{output['target']}/{output['unit']}")
        failed = any(json.loads(file.read_text())["outcome"] == "failed" for file in done.iterdir())
        if not failed:
            metadata = {"hybridface-uid": plan["job"]["uid"], "hybridface-sha256": "0" * 64}
            STORE.write(parse_uri(uri).key, b"result", metadata=metadata)
        report = {
            "job": plan["job"],
            "source": source,
            "target": output["target"],
            "item": output["item"],
            "uri": uri,
            **(
                {"outcome": "failed", "finding": {"reason": "ChunkFailed", "message": "a chunk failed"}}
                if failed
                else {}
            ),
            **({} if failed else {"outcome": "published", "published": "merged"}),
        }
        job.put(f"merged/{source}/{output['target']}/{output['item']:06d}.json", report)
        say("output.failed" if failed else "output.published", uri=uri)


if __name__ == "__main__":
    main()
