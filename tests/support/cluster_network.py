"""A network on this machine that nothing outside can reach: a switch, this machine's own end, and an end for each node.

All of it lives in network namespaces, and goes with the process that holds the switch, even where that is killed.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from support.processes import ServerProcess

HERE = "10.77.0.1"
"""This machine's address."""
LINK = "hybridface0"
"""This machine's end."""
_BITS = 24


def node_address(number: int) -> str:
    """Of the node with that number, from 1 on."""
    return f"10.77.0.{10 + number}"


def pod_subnet(number: int) -> str:
    """Of the pods on that node."""
    return f"10.78.{number}.0/24"


class Network:
    """The switch."""

    def __init__(self, folder: Path) -> None:
        self._switch = ServerProcess(
            "switch", ["unshare", "--net", "sleep", "infinity"], folder=folder, answers=self._apart
        )

    def start(self) -> None:
        """Makes the switch and this machine's end. Call it from a thread that lives on."""
        self._switch.start()
        self._in_switch("link", "add", "switch", "type", "bridge")
        self._in_switch("link", "set", "switch", "up")
        self._in_switch("link", "add", "here", "type", "veth", "peer", "name", LINK, "netns", "1")
        self._in_switch("link", "set", "here", "master", "switch", "up")
        ip("addr", "add", f"{HERE}/{_BITS}", "dev", LINK)
        ip("link", "set", LINK, "up")

    def stop(self) -> None:
        """Ends it; the kernel takes every link away."""
        self._switch.stop()

    def attach(self, number: int, pid: int) -> None:
        """Gives the network namespace of a process the address of that node, and this machine a way to its pods."""
        self._in_switch("link", "add", self._port(number), "type", "veth", "peer", "name", "eth0", "netns", str(pid))
        self._in_switch("link", "set", self._port(number), "master", "switch", "up")
        within = ("nsenter", f"--target={pid}", "--net")
        ip("link", "set", "lo", "up", within=within)
        ip("addr", "add", f"{node_address(number)}/{_BITS}", "dev", "eth0", within=within)
        ip("link", "set", "eth0", "up", within=within)
        ip("route", "add", "default", "via", HERE, within=within)
        ip("route", "replace", pod_subnet(number), "via", node_address(number))

    def route(self, pid: int, number: int) -> None:
        """Tells one node where the pods of another are."""
        ip(
            *("route", "replace", pod_subnet(number), "via", node_address(number)),
            within=("nsenter", f"--target={pid}", "--net"),
        )

    def cut(self, number: int) -> None:
        """Pulls the plug of a node."""
        self._in_switch("link", "set", self._port(number), "down")

    def mend(self, number: int) -> None:
        """Plugs it in again."""
        self._in_switch("link", "set", self._port(number), "up")

    def _port(self, number: int) -> str:
        return f"node{number}"

    def _in_switch(self, *arguments: str) -> None:
        ip(*arguments, within=("nsenter", f"--target={self._switch.pid}", "--net"))

    def _apart(self) -> bool:
        return _namespace(self._switch.pid) != _namespace("self")


def ip(*arguments: str, within: tuple[str, ...] = ()) -> None:
    """Runs ip. Raises RuntimeError with what it said."""
    done = subprocess.run([*within, "ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr}")


def _namespace(process: int | str) -> str:
    return str(Path(f"/proc/{process}/ns/net").readlink())
