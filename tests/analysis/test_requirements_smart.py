"""Numbers of the requirements that no other test of the smart-money analysis states: each test names its id."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from analysis.pasts import past
from analysis.relation_scenes import DAY as DAY_SECONDS
from analysis.relation_scenes import Scene
from analysis.words import DAY, SOL, START, USD, Story
from remora.analysis import markets
from remora.analysis.edges import KINDS
from remora.analysis.past import SOLANA, Past
from remora.analysis.paths import Paths
from remora.analysis.profiles import DEFAULT, PROFILES, Profile
from remora.analysis.relations import relations
from remora.analysis.score import score
from remora.analysis.scorechecks import check
from remora.analysis.scoreparts import Population, shaped
from remora.formulas.curve import INITIAL_REAL_TOKEN_ATOMS
from remora.model.units import LAMPORTS_PER_SOL

PLAIN = PROFILES["plain"]
NOBODY = Population({}, {})


def part_of(name: str, measure: float, profile: Profile = DEFAULT) -> float:
    """Points of a part of a Solana trader for a measure."""
    return float(profile.solana[name] * shaped(name, np.array([measure]), SOLANA, profile, NOBODY)[0])


@pytest.mark.parametrize(
    ("name", "measure", "points"),
    [
        ("pnl_usd", 100_000, 150), ("pnl_usd", 50_000, 150 * 0.5**0.7), ("pnl_usd", 1e9, 150), ("pnl_usd", -1, 0),
        ("multiple", 1, 0), ("multiple", 5.5, 25), ("multiple", 10, 50), ("multiple", 40, 50), ("best", 1, 0), ("best", 25, 50),
        ("best", 13, 25), ("graduation", 1, 0), ("graduation", 10, 50), ("graduation", 10**0.5, 25), ("graduation", 0.1, 0),
    ],
)  # fmt: skip
def test_u_16_u_19_measures_become_points(name: str, measure: float, points: float) -> None:
    assert part_of(name, measure) == pytest.approx(points)


def test_d_08_d_09_the_weights_of_both_profiles() -> None:
    assert list(DEFAULT.solana.values()) == [200, 150, 50, 100, 50, 50, 50, 50, 50, 50, 50, 50, 50, 20, 20, 10]
    assert list(PROFILES["classic"].solana.values()) == [250, 200, 100, 50, 80, 60, 60, 75, 75, 30, 20]
    assert list(DEFAULT.polymarket.values()) == [200, 150, 50, 100, 50, 50, 50, 50, 50, 50, 50, 50, 50, 20, 20, 10]


def rows(story: Story, profile: Profile = DEFAULT) -> dict[str, dict[str, Any]]:
    """Wallet -> points of its parts and its factors, after the validator agreed."""
    known = past(story)
    scores = score(known, Paths.of(known), None, profile)
    assert check(scores) == []
    return {
        wallet: {name: part.points[rank] for name, part in scores.parts.items()}
        | {f"{name} factor": values[rank] for name, values in scores.factors.items()}
        | {f"rank of {name}": values[rank] for name, values in scores.percentiles.items()}
        for rank, wallet in enumerate(known.wallets)
    }


def traded(tokens: int = 20, days: int = 45) -> Story:
    """ann buys and sells so many tokens for a SOL each, the first one `days` before the end; bob only loses."""
    story = Story()
    for number in range(tokens):
        story.buy("ann", f"T{number:02d}", 1000, SOL)
        story.sell("ann", f"T{number:02d}", 1000, 2 * SOL)
        story.buy("bob", f"T{number:02d}", 1000, 2 * SOL)
        story.sell("bob", f"T{number:02d}", 1000, SOL)
    story.now = START + 60 * SOL + days * DAY
    return story


def test_u_21_twenty_equal_tokens_and_ninety_days_are_full_points() -> None:
    ann = rows(traded(20, 45))["ann"]
    assert ann["diversification"] == pytest.approx(20)
    assert ann["longevity"] == pytest.approx(5)
    assert rows(traded(20, 90))["ann"]["longevity"] == pytest.approx(10)
    assert rows(traded(5, 90))["ann"]["diversification"] == pytest.approx(5)
    assert ann["volume"] == 0, "one week of eight is nothing steady"


def test_u_17_by_the_plain_formula_no_cluster_gives_all_and_no_profit_nothing() -> None:
    found = rows(traded(), PLAIN)
    assert (found["ann"]["organic"], found["bob"]["organic"]) == (100, 0)
    assert rows(traded())["ann"]["organic"] < 100, "our own profile wants proof: gross profit of 100 SOL, and many payers"


def test_scr_13_five_percentiles() -> None:
    found = rows(traded(), PLAIN)
    assert {name for name in found["ann"] if name.startswith("rank of")} == {
        f"rank of {name}" for name in ("score", "pnl_sol", "pnl_usd", "win_rate", "graduated")
    }
    assert [found[wallet]["rank of win_rate"] for wallet in ("ann", "bob")] == [75, 25]


def gambler(bets: int, shares: int, left_open: int = 0) -> Story:
    """ann buys YES at 40 cents; the price is 45 cents a day before she is proven right."""
    story = Story("polymarket", "USDC")
    for number in range(bets + left_open):
        name = f"m{number:03d}"
        story.market(
            name, (f"{name}-y", f"{name}-n"), category=("a", "b", "c")[number % 3], event_slug=None, neg_risk=False,
            starts_at=None, ends_at=None,
        )  # fmt: skip
        for other in range(12):
            story.buy(f"other{other:02d}", f"{name}-n", shares * USD, shares * 600_000, market=name)
        story.buy("ann", f"{name}-y", shares * USD, shares * 400_000, market=name)
        story.buy("late", f"{name}-y", 100 * USD, 45 * USD, market=name)
        story.now += 3 * DAY
        if number < bets:
            story.resolve(name, (1, 0), token_ids=[f"{name}-y", f"{name}-n"])
    return story


def test_pmw_03_five_points_better_than_the_closing_price_are_full() -> None:
    ann = rows(gambler(9, 1000))["ann"]
    assert ann["closing_line"] == pytest.approx(50)


@pytest.mark.parametrize(
    ("story", "cap"),
    [(gambler(1, 1000), 0.3), (gambler(2, 1000, left_open=45), 0.4), (gambler(3, 50), 0.5), (gambler(9, 1000), 1.0)],
)
def test_pmw_11_caps_of_trust(story: Story, cap: float) -> None:
    assert rows(story)["ann"]["trust factor"] == cap


@pytest.mark.parametrize(
    ("bets", "listed", "votes"), [(12, False, False), (15, True, False), (27, True, False), (30, True, True)]
)
def test_pmw_05_windows_and_least_counts(bets: int, listed: bool, votes: bool) -> None:
    """Bets go round three categories: 4, 5, 9 and 10 in each."""
    assert markets.WINDOWS == (30, 90, 180, 0)
    found = past(gambler(bets, 100))
    row = next(
        row for row in markets.omegas(found, (0,)).to_pylist() if found.wallets[row["wallet"]] == "ann" and row["category"] == 0
    )
    assert (row["resolved"], row["listed"], row["votes"]) == (bets // 3, listed, votes)


def test_syb_04_one_row_per_pair_and_kind() -> None:
    scene = Scene()
    opened = scene.crowd()
    for token in range(0, 40, 5):
        at = opened[token] + scene.rng.uniform(10, 5_000)
        for name in scene.rng.permutation(["a0", "a1", "a2", "a3"]):
            at += scene.rng.uniform(0, 2)
            scene.buy(name, f"T{token:03d}", at)
    for number in range(4):
        scene.pay("boss", f"a{number}", DAY_SECONDS + 60 * number, 2.0)
    found = scene.past()
    edges = relations(found)
    assert len(edges) >= 12
    assert (edges.a < edges.b).all()
    keys = list(zip(edges.a.tolist(), edges.b.tolist(), edges.kind.tolist(), strict=True))
    assert len(keys) == len(set(keys))
    assert keys == sorted(keys)
    assert {"funding", "timing_correlation"} <= {KINDS[kind] for kind in set(edges.kind.tolist())}
    assert all(edges.evidence.to_pylist())
    assert (edges.count > 0).all()


@pytest.mark.parametrize(("listed", "tied"), [(False, True), (True, False)])
def test_syb_11_polygon_proxies_of_one_usdc_source(listed: bool, tied: bool) -> None:
    story = Story("polymarket", "USDC")
    story.market("m", ("yes", "no"), category="x", event_slug=None, neg_risk=False, starts_at=None, ends_at=None)
    for number in range(4):
        story.tell(
            "transfers", sender="0xsource", receiver=f"0xproxy{number}", asset="USDC", quantity_atoms=(500 + number) * USD,
            kind="transfer", tx=None,
        )  # fmt: skip
    for number in range(4):
        story.now += 3_600 * SOL
        story.buy(f"0xproxy{number}", ("yes", "no")[number % 2], 900 * USD, 450 * USD, market="m")
    found: Past = past(story, infrastructure={"0xsource": "exchange"} if listed else {})
    edges = relations(found)
    pairs = {(found.wallets[a], found.wallets[b]) for a, b in zip(edges.a, edges.b, strict=True)}
    assert (("0xproxy0", "0xproxy1") in pairs) is tied


def test_d_28_the_curve_ends_near_85_sol() -> None:
    """30 virtual SOL, 1,073 million virtual and 793.1 million sellable tokens complete at 85.005 SOL."""
    virtual, tokens = 30 * LAMPORTS_PER_SOL, 1_073_000_000 * 10**6
    assert INITIAL_REAL_TOKEN_ATOMS == 793_100_000 * 10**6
    at_end = virtual * tokens / (tokens - INITIAL_REAL_TOKEN_ATOMS) - virtual
    assert at_end / LAMPORTS_PER_SOL == pytest.approx(85.005, abs=0.001)


def test_u_20_one_regime_beaten_of_three_is_a_third_of_the_points() -> None:
    story = Story()
    for week in range(11):
        story.now = max(story.now, START + week * 7 * DAY)
        for number in range(12):
            story.buy(f"crowd{number}", f"T{week:02d}", 1000, 10 * SOL)
        story.buy("ann", f"T{week:02d}", 1000, 5 * SOL)
        story.sell("ann", f"T{week:02d}", 1000, 10 * SOL)
    for hour in range(24 * 7 * 12):
        story.price(150_000_000 + (hour % 2) * 1_000_000, START + hour * 3_600 * SOL)
    known = past(story)
    part = score(known, Paths.of(known), None, PLAIN).parts["market_timing"]
    ann = known.wallets.index("ann")
    assert part.n[ann] >= 5, "decided bets in a known regime; the first week ranks nothing"
    assert part.points[ann] == pytest.approx(50 / 3)


def test_owr_09_of_three_outcomes_each_is_a_question_of_its_own() -> None:
    story = Story("polymarket", "USDC")
    plain = {"category": "x", "event_slug": None, "neg_risk": False, "starts_at": None, "ends_at": None}
    story.market("race", ("red", "green", "blue"), **plain)
    for number, token in enumerate(("red", "green", "blue")):
        for voter in range(number + 1):
            story.buy(f"{token}{voter}", token, 100 * USD, 30 * USD, market="race")
    found = past(story)
    result = markets.owrrs(found, markets.omegas(found))
    assert sorted(zip(result.table["outcome"].to_pylist(), result.table["holders"].to_pylist(), strict=True)) == [
        (0, 1), (1, 2), (2, 3),
    ]  # fmt: skip
    assert all(result.votes["yes"].to_pylist()), "who holds another outcome is no NO"
    assert result.votes.num_rows == 6


@pytest.mark.parametrize(("back", "graduates", "reputation"), [(3, False, 80), (6, False, 90), (6, True, 100), (2, False, 70)])
def test_u_26_multiples_and_graduates_earn_reputation(back: int, graduates: bool, reputation: int) -> None:
    """50, 20 for winning all of twelve bets, 10 each above 2x and 5x, 10 for more than ten graduates."""
    story = Story()
    for number in range(12):
        token = f"T{number:02d}"
        story.tell("launches", asset=token, creator="dev", wallet="dev")
        story.now += 3_600 * SOL
        story.buy("ann", token, 1000, SOL)
        story.sell("ann", token, 1000, back * SOL)
        if graduates:
            story.tell("graduations", asset=token, stage="complete")
    known = past(story)
    assert score(known, Paths.of(known), None, PLAIN).reputation[known.wallets.index("ann")] == reputation


def test_U32_coordination_is_the_mean_correlation_and_SYB03_the_risk() -> None:
    """Two wallets that meet in 9 of 10 tokens where chance gives a tenth: (0.9 - 0.1) / (1 - 0.1)."""
    from remora.analysis.edges import METHODS, Edges, joined
    from remora.analysis.risks import risks

    pair = np.array([0], np.int32)
    code = np.array([METHODS.index("timing_correlation")], np.int8)
    at = np.array([5], np.int64)
    measured = (0.9 - 0.1) / (1 - 0.1)
    edge = Edges(pair, pair + 1, code * 0 + 3, code, np.array([0.9]), pair + 9, at, at, pa.array(["x"]), np.array([measured]))
    both = joined([edge, Edges(pair, pair + 1, code * 0, code * 0, np.array([0.8]), pair, at, at, pa.array(["y"]))])
    assert np.isnan(both.correlation[0])
    assert both.correlation[1] == pytest.approx(0.888889, abs=1e-6)
    sure = np.zeros((len(METHODS), 1))
    sure[METHODS.index("timing_correlation")] = 0.9
    found = risks(edge, np.ones(1, np.bool_), np.zeros(2, np.int32), sure, None)
    assert found[0] == pytest.approx(measured, abs=1e-6)
