"""Fields of ours, and what is derived of them."""

from __future__ import annotations

import pytest
from detente_contracts import STANDARD_FIELDS


@pytest.mark.parametrize("deep", [False, True])
def test_a_copy_with_another_name_has_a_key_of_its_own(deep: bool) -> None:
    spec = STANDARD_FIELDS[0]
    before = spec.key

    assert spec.model_copy(update={"name": "mood"}, deep=deep).key == "detente_mood" != before
