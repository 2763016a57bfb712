"""A rendered container as a process would find itself: its environment and its files, in a folder of the test's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.chart import NAMESPACE, Body, named

_SECRET = {"access-key": "operator", "secret-key": "operator-secret", "token": "token", "tls.crt": "-", "tls.key": "-"}


class Unpacked:
    """One pod: every volume of a ConfigMap or a Secret is a folder below `folder`, where it is mounted."""

    def __init__(self, bodies: list[Body], pod: Body, folder: Path, *, namespace: str = NAMESPACE) -> None:
        self._folder = folder
        self._namespace = namespace
        self._pod = pod
        self._bodies = bodies

    def environment(self, container: int = 0) -> dict[str, str]:
        """Its variables; those that name files name the ones in the folder."""
        found = self._pod["spec"]["containers"][container]
        self._mount(found)
        return {each["name"]: self.at(self._value(each)) for each in found.get("env", ())}

    def command(self, container: int = 0) -> list[str]:
        """What it runs, on the files in the folder."""
        found = self._pod["spec"]["containers"][container]
        self._mount(found)
        return [self.at(word) for word in (*found["command"], *found.get("args", ()))]

    def at(self, text: str) -> str:
        """A path of the pod as a path of the folder; anything else as it is."""
        return f"{self._folder}{text}" if text.startswith("/") else text

    def _mount(self, container: Body) -> None:
        volumes = {volume["name"]: volume for volume in self._pod["spec"]["volumes"]}
        for mount in container["volumeMounts"]:
            place = Path(self.at(mount["mountPath"]))
            place.mkdir(parents=True, exist_ok=True)
            for name, text in self._files(volumes[mount["name"]]).items():
                (place / name).write_text(text, encoding="utf-8")

    def _files(self, volume: Body) -> dict[str, str]:
        if "projected" in volume:
            parts = [self._files(source) for source in volume["projected"]["sources"]]
            return {name: text for part in parts for name, text in part.items()}
        if "configMap" in volume:
            return dict(named(self._bodies, "ConfigMap", volume["configMap"]["name"], self._namespace)["data"])
        if "secret" in volume:
            items = volume["secret"].get("items")
            return {item["path"]: _SECRET[item["path"]] for item in items} if items else _SECRET
        return {}

    def _value(self, variable: dict[str, Any]) -> str:
        if "value" in variable:
            return str(variable["value"])
        field = variable["valueFrom"]["fieldRef"]["fieldPath"]
        return {"metadata.name": "pod-0", "metadata.namespace": self._namespace}[field]
