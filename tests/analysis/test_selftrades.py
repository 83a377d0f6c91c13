"""One member sells, another buys: near in time, next to each other, both counted."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import pasts
from analysis.words import SOL, Story
from remora.analysis.selftrades import NEAR, self_trades


@pytest.mark.parametrize(("wait", "expected"), [(NEAR, [1, 1]), (NEAR + 1, [0, 0])])
def test_within_a_minute(wait: int, expected: list[int]) -> None:
    story = Story()
    story.sell("a", "cat", 10, SOL)
    story.buy("b", "cat", 10, SOL, happened_at=story.now + wait)
    assert self_trades(pasts.past(story, as_of=story.now + 2 * wait), np.zeros(2, np.int32)).tolist() == expected


def test_the_same_side_other_tokens_and_other_clusters_are_no_events() -> None:
    story = Story()
    story.buy("a", "cat", 10, SOL)
    story.buy("b", "cat", 10, SOL)
    story.sell("a", "dog", 10, SOL)
    story.sell("c", "cat", 10, SOL)
    past = pasts.past(story)
    assert self_trades(past, np.array([0, 0, 1], np.int32)).tolist() == [0, 0, 0]
    assert self_trades(past, np.full(3, -1, np.int32)).tolist() == [0, 0, 0]
