"""What inputs may be at most is set by the environment, and refusals name the variable."""

from __future__ import annotations

import pytest

from hybridface_operator.errors import UsageError
from hybridface_operator.limits import limits_of
from hybridface_worker.contract.errors import InputRefused, TaskError
from hybridface_worker.contract.spec import ImageFormat, Limits
from hybridface_worker.images.probe import probe_image
from hybridface_worker.settings import WorkerSettings
from support import images


def test_what_is_not_set_is_as_it_was():
    assert limits_of({}) == limits_of({"HYBRIDFACE_MAX_PIXELS": ""}) == Limits()


@pytest.mark.parametrize("field", list(Limits.model_fields))
def test_each_limit_has_a_variable_and_refusals_name_it(field):
    assert getattr(limits_of({Limits.variable(field): "7"}), field) == 7
    assert Limits.variable(field) in Limits().exceeded("it has 8", field).message


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5", "9" * 30, "٣"])
def test_what_is_no_whole_number_is_refused_with_its_name(text):
    with pytest.raises(UsageError, match=r"HYBRIDFACE_MAX_PIXELS=.*: give a whole number above 0"):
        limits_of({"HYBRIDFACE_MAX_PIXELS": text})
    with pytest.raises(TaskError, match="HYBRIDFACE_MAX_PIXELS"):
        WorkerSettings.from_env({"HYBRIDFACE_MAX_PIXELS": text})


def test_an_image_above_the_limit_is_taken_once_the_limit_is_raised():
    data = images.encode(images.slope(width=40, height=30), ImageFormat.PNG)
    with pytest.raises(InputRefused, match=r"40x30 pixels; at most 1199 .* raise HYBRIDFACE_MAX_PIXELS to allow more"):
        probe_image(data, ImageFormat.PNG, limits_of({"HYBRIDFACE_MAX_PIXELS": "1199"}))
    assert probe_image(data, ImageFormat.PNG, limits_of({"HYBRIDFACE_MAX_PIXELS": "1200"})).width == 40
