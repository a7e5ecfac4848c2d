"""Fusing many residents at once gives what one by one does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching import fusing
from matching.fusing import fuse_each
from matching.fusion import fuse


@given(st.lists(st.integers(1, 7), max_size=30), st.integers(1, 8))
def test_fusing_many_at_once_gives_what_one_by_one_does(counts: list[int], together: int) -> None:
    lots = np.random.default_rng(len(counts))
    sets = {f"p{n}": lots.normal(size=(k, 16)).astype(np.float32) for n, k in enumerate(counts)}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fusing, "TOGETHER", together)
        found = fuse_each(sets)

    assert list(found) == list(sets)
    for name, templates in sets.items():
        assert found[name].shape == (1, 16)
        assert np.allclose(found[name], fuse(templates), rtol=0, atol=1e-6)
