"""Ties of several methods become clusters: merged, rated, voted, and updated where they changed (U-31, SYB-07, SYB-10)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remora.analysis.clusters import Clusters, Known, cluster_id, clusters, updated, votes
from remora.analysis.edges import METHODS, Edges, joined

Tie = tuple[int, int, str, float]
WALLETS = 24
NAMES = [f"wallet{n:02d}" for n in range(WALLETS)]
UNSEEN = np.full(WALLETS, -1, np.int64)
NOBODY = np.zeros(WALLETS, np.bool_)
TIES = st.lists(
    st.tuples(st.integers(0, 23), st.integers(0, 23), st.sampled_from(METHODS), st.sampled_from([0.4, 0.6, 0.8, 0.95])).filter(
        lambda tie: tie[0] < tie[1]
    ),
    max_size=50,
)


def edges_of(ties: list[Tie]) -> Edges:
    a, b = (np.array([tie[n] for tie in ties], np.int32) for n in range(2))
    method = np.array([METHODS.index(tie[2]) for tie in ties], np.int8)
    unknown = np.full(len(ties), -1, np.int64)
    sure = np.array([tie[3] for tie in ties], np.float64)
    told = pa.array(["seen"] * len(ties), pa.string())
    return joined([Edges(a, b, method, method, sure, np.ones(len(ties), np.int32), unknown, unknown, told)])


def known(ties: list[Tie], **changes: object) -> Known:
    given_ = {"names": NAMES, "first_seen": UNSEEN, "excluded": NOBODY, "whitelist": frozenset()} | changes
    return Known(edges_of(ties), **given_)  # type: ignore[arg-type]


def found(ties: list[Tie], **changes: object) -> Clusters:
    k = known(ties, **changes)
    return clusters(
        k.edges, WALLETS, names=k.names, first_seen=k.first_seen, excluded=k.excluded, whitelist=k.whitelist, moves=k.moves
    )


def ring(members: list[int], method: str, sure: float) -> list[Tie]:
    """Everybody with everybody."""
    return [(a, b, method, sure) for a in members for b in members if a < b]


def same(one: Clusters, other: Clusters) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in Clusters.__dataclass_fields__)


def test_two_methods_that_share_half_of_the_smaller_are_one_cluster() -> None:
    got = found(ring([0, 1, 2, 3], "funding", 0.8) + ring([2, 3, 4], "timing_correlation", 0.9))
    assert got.of.tolist()[:6] == [0, 0, 0, 0, 0, -1]
    assert got.methods == [("funding", "timing_correlation")]
    assert got.cluster_confidence[0] == pytest.approx(1 - 0.2 * 0.1)
    assert got.confidence[[0, 2, 4]].tolist() == pytest.approx([0.8, 0.98, 0.9])
    assert got.risk[0] == pytest.approx(0.9)
    assert got.kind == ["bot_network"]


def test_groups_that_share_less_stay_apart_and_nobody_is_in_two() -> None:
    got = found(ring([0, 1, 2, 3], "funding", 0.6) + ring([3, 4, 5, 6], "timing_correlation", 0.9))
    assert len(got) == 2
    assert got.of.tolist()[:7] == [0, 0, 0, 1, 1, 1, 1], "the wallet in both goes where its ties are surest"


@pytest.mark.parametrize(
    ("method", "kind"),
    [("funding", "family"), ("social_graph", "family"), ("trading_pattern", "trading_group"),
     ("timing_correlation", "bot_network"), ("same_transaction", "bot_network")],
)  # fmt: skip
def test_the_kind_follows_from_the_method(method: str, kind: str) -> None:
    assert found(ring([1, 2, 3], method, 0.8)).kind == [kind]


def test_two_are_no_cluster_and_unsure_ties_make_none() -> None:
    assert len(found([(0, 1, "funding", 0.9)])) == 0
    assert len(found(ring([0, 1, 2], "funding", 0.4))) == 0


def test_infrastructure_is_in_no_cluster_and_joins_none() -> None:
    hub = NOBODY.copy()
    hub[5] = True
    got = found([(n, 5, "funding", 0.9) for n in range(5)] + ring([7, 8, 9], "funding", 0.9), excluded=hub)
    assert got.of[:6].tolist() == [-1] * 6
    assert len(got) == 1


def test_status_and_votes_of_members_and_excluded() -> None:
    sure, unsure = ring([0, 1, 2], "funding", 0.8), ring([5, 6, 7, 8], "funding", 0.7)
    got = found(sure + unsure)
    assert got.status[[0, 5, 10]].tolist() == [2, 1, 0]
    counted = votes(got, np.ones(WALLETS, np.bool_))
    assert counted[[0, 1, 2]].tolist() == [0, 0, 0]
    assert counted[[5, 6, 7, 8]].sum() == pytest.approx(1.0)
    assert counted[10] == 1.0


@pytest.mark.parametrize("by", ["id", "address"])
def test_a_whitelisted_cluster_counts_once(by: str) -> None:
    word = cluster_id(NAMES[0]) if by == "id" else NAMES[1]
    got = found(ring([0, 1, 2], "funding", 0.95), whitelist=frozenset({word}))
    assert got.whitelisted.tolist() == [True]
    assert got.status[:3].tolist() == [1, 1, 1]
    assert votes(got, np.ones(WALLETS, np.bool_))[:3].sum() == pytest.approx(1.0)


def test_the_id_is_that_of_the_earliest_member_and_stays_when_others_join() -> None:
    seen = np.arange(WALLETS, 0, -1).astype(np.int64)
    before = found(ring([3, 4, 5], "funding", 0.8), first_seen=seen)
    after = found(ring([0, 3, 4, 5], "funding", 0.8), first_seen=seen)
    assert before.ids == after.ids == [cluster_id(NAMES[5])]


@given(TIES, TIES, st.integers(0, 23))
@settings(max_examples=80, deadline=None)
def test_an_update_equals_a_full_run(before: list[Tie], after: list[Tie], barred: int) -> None:
    mixed = before[: len(before) // 2] + after
    hub = NOBODY.copy()
    hub[barred] = True
    old, new = known(before), known(mixed, excluded=hub)
    assert same(updated(found(before), old, new), found(mixed, excluded=hub))


def test_an_update_leaves_other_components_alone() -> None:
    far = ring([10, 11, 12], "funding", 0.9)
    old, new = known(far), known(far + ring([0, 1, 2], "timing_correlation", 0.9))
    got = updated(found(far), old, new)
    assert got.of[[0, 10]].tolist() == [0, 1]
    with pytest.raises(ValueError, match="other ranks"):
        updated(found(far), old, known(far, names=[*NAMES[1:], "zz"]))


@given(TIES, st.permutations(range(WALLETS)))
@settings(max_examples=60, deadline=None)
def test_votes_never_grow_when_a_wallet_joins_a_cluster(ties: list[Tie], order: list[int]) -> None:
    """However many members of a cluster vote, they have one vote; and nobody has more than one."""
    got = found(ties)
    voters, before = np.zeros(WALLETS, np.bool_), 0.0
    for wallet in order:
        voters[wallet] = True
        counted = votes(got, voters)
        inside = got.of == got.of[wallet]
        others = voters.copy()
        others[wallet] = False
        if got.of[wallet] >= 0 and (others & inside & (got.status == 1)).any():
            assert counted.sum() <= before + 1e-9
        assert counted.max() <= 1.0
        before = counted.sum()


@given(TIES)
@settings(max_examples=60, deadline=None)
def test_a_cluster_is_whole(ties: list[Tie]) -> None:
    """Sizes add up, nobody is in a cluster of fewer than three, probabilities stay below 1, unclustered wallets have none."""
    got = found(ties)
    assert (got.size >= 3).all()
    assert int(got.size.sum()) == int((got.of >= 0).sum())
    assert ((got.confidence > 0) <= (got.of >= 0)).all()
    assert (got.cluster_confidence <= 1.0).all()
    assert (got.risk <= 1.0).all()
    assert len(set(got.ids)) == len(got)
