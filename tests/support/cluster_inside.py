"""Programs that are run inside pods that are there: what is reached from them, what storage refuses to them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from support.cluster import Cluster
from support.cluster_pods import bare_pod, restricted_namespace
from support.waiting import soon

PORT = 8099
"""Where listeners listen, by TCP and UDP."""
_REACH = r"""
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor
SECONDS = 3
QUESTION = b"\0\1\1\0\0\1\0\0\0\0\0\0\nkubernetes\7default\3svc\7cluster\5local\0\0\1\0\1"
def reached(way):
    kind, host, port = way
    try:
        if kind == "name":
            return bool(socket.gethostbyname(host))
        if kind == "tcp":
            with socket.create_connection((host, port), timeout=SECONDS):
                return True
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(SECONDS)
            asking.connect((host, port))
            asking.send(QUESTION)
            return bool(asking.recv(512))
    except OSError:
        return False
ways = json.loads(sys.argv[1])
with ThreadPoolExecutor(len(ways)) as threads:
    print(json.dumps([name for name, there in zip(ways, threads.map(reached, ways.values())) if there]))
"""
_LISTEN = f"""
import socket, threading
def answer(asked):
    while True:
        question, who = asked.recvfrom(512)
        asked.sendto(question, who)
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("", {PORT}))
threading.Thread(target=answer, args=[udp], daemon=True).start()
tcp = socket.create_server(("", {PORT}))
print("listening", flush=True)
while True:
    tcp.accept()[0].close()
"""
_ASK_STORAGE = """
import io, json, os, sys
from pathlib import Path
from urllib.parse import urlsplit
from minio import Minio
from minio.error import S3Error
from hybridface_worker.store.credentials import FolderProvider
client = Minio(
    endpoint=urlsplit(os.environ["HYBRIDFACE_S3_ENDPOINT"]).netloc,
    credentials=FolderProvider(Path(os.environ["HYBRIDFACE_CREDENTIALS_DIR"])),
    region=os.environ["HYBRIDFACE_S3_REGION"],
    secure=False,
)
CALLS = {
    "read": lambda bucket, key: client.get_object(bucket_name=bucket, object_name=key).close(),
    "write": lambda bucket, key: client.put_object(bucket, key, io.BytesIO(b"x"), 1),
    "delete": lambda bucket, key: client.remove_object(bucket_name=bucket, object_name=key),
    "list": lambda bucket, key: list(client.list_objects(bucket_name=bucket, prefix=key)),
    "buckets": lambda bucket, key: client.list_buckets(),
}
def said(verb, bucket, key):
    try:
        CALLS[verb](bucket, key)
    except S3Error as error:
        return error.code
    return "done"
print(json.dumps([said(*each) for each in json.loads(sys.argv[1])]))
"""
Way = tuple[str, str, int]
"""`tcp`, `udp` or `name`; address or name; port."""


@dataclass(frozen=True)
class Inside:
    """A pod that runs, as seen from within."""

    cluster: Cluster
    namespace: str
    name: str

    @property
    def address(self) -> str:
        """Of the pod."""
        found: str = self.cluster.get("pods", self.name, namespace=self.namespace)["status"]["podIP"]
        return found

    def run(self, program: str, *arguments: str) -> str:
        """What a Python program prints there. Raises RuntimeError with what it said."""
        printed: str = self.cluster.plane.kubectl(*self._exec, "python3", "-c", program, *arguments)
        return printed

    def reaches(self, ways: Mapping[str, Way]) -> set[str]:
        """The names of those ways that lead somewhere."""
        return set(json.loads(self.run(_REACH, json.dumps(ways))))

    def storage_says(self, asked: Sequence[tuple[str, str, str]]) -> list[str]:
        """`done`, or the code of the refusal, for each verb, bucket and key, with the worker's credentials."""
        said: list[str] = json.loads(self.run(_ASK_STORAGE, json.dumps(asked)))
        return said

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Something listens there meanwhile."""
        command = [*self.cluster.plane.kubectl_command, *self._exec, "python3", "-c", _LISTEN]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as listener:
            assert listener.stdout
            assert listener.stdout.readline() == "listening\n"
            yield
            listener.kill()

    @property
    def _exec(self) -> tuple[str, ...]:
        return ("exec", self.name, f"--namespace={self.namespace}", "--")


def listener(cluster: Cluster, namespace: str, name: str, *, pool: str) -> Inside:
    """A pod of nobody's that listens, running, on that pool's node; the namespace is made if it is not there."""
    pod = bare_pod(name, "operator", ("python3", "-c", _LISTEN), cluster.nodes[pool].name, namespace)
    cluster.apply(restricted_namespace(namespace), pod)
    soon(
        lambda: cluster.get("pods", name, namespace=namespace)["status"],
        lambda status: status["phase"] == "Running",
    )
    return Inside(cluster, namespace, name)
