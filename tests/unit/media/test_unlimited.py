"""What holds for inputs alone."""

from __future__ import annotations

import pytest

from hybridface_worker.contract.spec import Limits
from hybridface_worker.media.verify import UNLIMITED


@pytest.mark.parametrize("limit", sorted(set(Limits.model_fields) - {"max_image_bytes"}))
def test_a_result_may_have_more_of_everything_than_an_input(limit):
    assert getattr(UNLIMITED, limit) > 10 * getattr(Limits(), limit)
