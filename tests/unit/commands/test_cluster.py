"""How a command reaches a cluster."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hybridface_operator.commands.cluster import kube_settings
from hybridface_operator.errors import UsageError


def test_a_kubeconfig_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match="there is no kubeconfig"):
        kube_settings(tmp_path / "none")


def test_of_several_kubeconfigs_some_may_be_absent(tmp_path):
    (tmp_path / "config").write_text("{}")
    several = Path(os.pathsep.join((str(tmp_path / "none"), str(tmp_path / "config"))))
    assert kube_settings(several).kubeconfig == several
