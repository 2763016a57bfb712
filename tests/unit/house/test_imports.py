"""What programs load before they know what they are to do is what people wait for, and every pod pays for it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

LOADED = "import json, linecache, sys; import {}; print(json.dumps([sorted(sys.modules), sorted(linecache.cache)]))"


def loaded_by(module):
    """Modules, and files whose source was read, in a process of its own."""
    said = subprocess.run([sys.executable, "-c", LOADED.format(module)], capture_output=True, text=True, check=True)
    modules, sources = json.loads(said.stdout)
    return modules, [source for source in sources if "hybridface" in source]


def test_a_command_is_imported_when_it_is_wanted():
    modules, _ = loaded_by("hybridface_operator.commands")
    assert [name for name in modules if name.startswith("hybridface_operator.")] == ["hybridface_operator.commands"]


@pytest.mark.parametrize("module", ["hybridface_operator.commands.local", "hybridface_worker.cli"])
def test_work_on_files_loads_no_client_of_object_stores(module):
    modules, _ = loaded_by(module)
    assert module in modules
    assert {"minio", "urllib3"}.isdisjoint(modules)


@pytest.mark.parametrize(
    "module", ["hybridface_operator.commands.local", "hybridface_operator.serving.main", "hybridface_worker.cli"]
)
def test_no_source_is_read_for_what_is_compiled(module):
    modules, sources = loaded_by(module)
    assert {"hybridface_worker.contract.document", module} <= set(modules)
    assert sources == []
