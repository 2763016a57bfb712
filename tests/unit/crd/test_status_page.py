"""The reference page says of the status what the model says."""

from __future__ import annotations

import re

from hybridface_operator.spec.status import ConditionType, FaceSwapJobStatus
from support.jobs import fields
from write_crd import PATH

PAGE = (PATH.parents[1] / "docs/reference/faceswapjob.md").read_text().partition("## Status")[2]


def test_every_field_has_its_row_in_order_and_no_row_is_of_a_field_that_is_not():
    described = [
        (path, " ".join((field.description or "").split())) for path, field in fields(FaceSwapJobStatus, "status")
    ]
    assert re.findall(r"^\| `(status[\w.\[\]]+)` \| (.+) \|$", PAGE, re.MULTILINE) == described


def test_every_condition_is_named():
    assert [each for each in ConditionType if f"`{each}`" not in PAGE] == []
