"""Markets by Gamma and the CLOB: lists inside texts, categories from tags, and when a market is resolved."""

from __future__ import annotations

import json
from typing import Any

import pytest

from remora.model.errors import Reason
from remora.model.facts import Market, Resolution
from remora.ports import Decoded, Record
from remora.venues.polymarket.gamma import ClobMarketDecoder, GammaDecoder
from shared_data import shared
from venues.polymarket.recorded import whole

CONDITION = "0x" + "5d" * 32


def gamma(**fields: Any) -> dict[str, Any]:
    base = {
        "id": "12", "conditionId": CONDITION, "slug": "will-it", "question": "Will it?", "outcomes": '["Yes", "No"]',
        "outcomePrices": '["1", "0"]', "clobTokenIds": '["111", "222"]', "closed": True, "active": True,
        "closedTime": "2026-05-09 02:07:01+00", "updatedAt": "2026-05-11T14:08:47.304263Z", "negRisk": False,
        "orderPriceMinTickSize": 0.01, "orderMinSize": 5, "umaResolutionStatus": "resolved",
    }  # fmt: skip
    return base | fields


def decode(value: object) -> Decoded:
    return GammaDecoder().decode(Record(value=value))


def resolution(**fields: Any) -> Resolution | None:
    facts = decode(gamma(**fields)).facts
    return next((fact for fact in facts if isinstance(fact, Resolution)), None)


def market(**fields: Any) -> Market:
    (found,) = (fact for fact in decode(gamma(**fields)).facts if isinstance(fact, Market))
    return found


def test_a_market() -> None:
    found = market(feeSchedule={"rate": 0.07, "exponent": 1, "takerOnly": True}, negRiskMarketID="")
    assert (found.market, found.slug, found.outcomes, found.token_ids) == (CONDITION, "will-it", ("Yes", "No"), ("111", "222"))
    assert (found.tick_micro_usdc, found.min_size_atoms, found.fee_rate_millionths, found.fee_exponent) == (
        10_000,
        5_000_000,
        70_000,
        1,
    )
    assert (found.closed, found.neg_risk, found.neg_risk_id, found.venue_market_id) == (True, False, None, "12")


def test_exact_prices_of_a_closed_market_resolve_it() -> None:
    found = resolution()
    assert found is not None
    assert (found.payout_numerators, found.payout_denominator, found.evidence) == ((1, 0), 1, "prices")
    assert (found.outcomes, found.token_ids, found.happened_at) == (("Yes", "No"), ("111", "222"), 1_778_292_421 * 10**9)


def test_halves_pay_half_where_the_oracle_says_so() -> None:
    found = resolution(outcomePrices='["0.5", "0.5"]')
    assert found is not None
    assert (found.payout_numerators, found.payout_denominator) == ((1, 1), 2)


@pytest.mark.parametrize(
    "fields",
    [
        {"closed": False},
        {"outcomePrices": '["0.9995", "0.0005"]'},
        {"outcomePrices": '["0", "0"]'},
        {"outcomePrices": '["1", "1"]'},
        {"outcomePrices": None},
        {"umaResolutionStatus": "proposed"},
        {"umaResolutionStatus": "disputed"},
        {"outcomePrices": '["0.5", "0.5"]', "umaResolutionStatus": None},
        {"outcomePrices": '["0.5843311669077693146635445446077281", "0.4156688330922306853364554553922719"]'},
        {"outcomes": '["A", "B", "C"]', "outcomePrices": '["1", "0", "0"]', "clobTokenIds": '["1", "2", "3"]'},
    ],
)
def test_closed_is_not_resolved(fields: dict[str, Any]) -> None:
    assert resolution(**fields) is None
    assert market(**fields)


@pytest.mark.parametrize(
    ("fields", "reason", "where"),
    [
        ({"conditionId": ""}, Reason.MISSING_FIELD, "conditionId"),
        ({"conditionId": "0x5d"}, Reason.BAD_ADDRESS, "conditionId"),
        ({"outcomes": '["Yes"'}, Reason.BAD_JSON, "outcomes"),
        ({"outcomes": '"Yes"'}, Reason.WRONG_TYPE, "outcomes"),
        ({"outcomes": '["Yes"]'}, Reason.OUT_OF_RANGE, "outcomes"),
        ({"clobTokenIds": '["111"]'}, Reason.CONTRADICTION, "clobTokenIds"),
        ({"clobTokenIds": '["111", "111"]'}, Reason.CONTRADICTION, "clobTokenIds"),
        ({"clobTokenIds": '["111", "[\\"2"]'}, Reason.BAD_ADDRESS, "clobTokenIds"),
        ({"orderPriceMinTickSize": "NaN"}, Reason.BAD_NUMBER, "orderPriceMinTickSize"),
        ({"closed": "perhaps"}, Reason.WRONG_TYPE, "closed"),
        ({"question": "half \ud800 a pair"}, Reason.BAD_ENCODING, "question"),
    ],
)
def test_a_market_that_cannot_be_read_names_its_field(fields: dict[str, Any], reason: Reason, where: str) -> None:
    (refused,) = decode(gamma(**fields)).undecodable
    assert (refused.reason, refused.where) == (reason, where)


def test_a_date_nobody_can_mean_costs_its_field_and_not_the_market() -> None:
    found = market(endDate="2500-12-31T00:00:00Z")
    assert (found.ends_at, found.flags) == (None, ("bad_endDate",))


def test_new_markets_may_miss_their_tokens() -> None:
    assert market(clobTokenIds=None).flags == ("no_token_ids",)


def test_tags_of_the_event_give_the_category_and_all_are_kept() -> None:
    tags = [
        {"id": "9", "label": "All", "slug": "all"},
        {"id": "101970", "label": "World"},
        {"id": "1", "label": "Sports", "slug": "sports"},
    ]
    event = {"slug": "the-cup", "tags": tags, "markets": [gamma(), gamma(conditionId="0x12")]}
    result = decode([event])
    (found,) = (fact for fact in result.facts if isinstance(fact, Market))
    assert (found.category, found.tags, found.event_slug) == ("Sports", ("all", "world", "sports"), "the-cup")
    assert [item.where for item in result.undecodable] == ["[0].markets[1].conditionId"]


def test_every_form_of_answer_is_read() -> None:
    one = gamma()
    forms: list[object] = [one, [one], {"markets": [one], "count": 1}, {"events": [{"slug": "e", "markets": [one]}]},
                           {"condition_id": CONDITION, "raw": one}, {"slug": "e", "tags": [], "markets": [one]}]  # fmt: skip
    assert [len(decode(form).facts) for form in forms] == [2] * 6


def test_a_row_and_its_raw_answer_must_name_one_market() -> None:
    (refused,) = decode({"condition_id": "0x" + "00" * 32, "raw": gamma()}).undecodable
    assert refused.reason == Reason.CONTRADICTION


def test_the_same_description_is_one_fact_and_a_change_is_another() -> None:
    assert market().id == market().id
    assert market().id != market(closed=False).id


def test_recorded_markets_of_each_form() -> None:
    base = shared("polymarket/api_messages")
    legacy = whole(base / "gamma_market_closed_nonbinary_legacy.json").facts
    assert [type(fact) for fact in legacy] == [Market]
    assert legacy[0].category == "Crypto"  # type: ignore[union-attr]
    event = whole(base / "gamma_event.json").facts
    assert {(fact.category, fact.neg_risk) for fact in event if isinstance(fact, Market)} == {("Elections", True)}


def clob(*winners: bool, **fields: Any) -> dict[str, Any]:
    tokens = [{"token_id": str(n), "outcome": f"o{n}", "winner": winner} for n, winner in enumerate(winners, 1)]
    return {"condition_id": CONDITION, "closed": True, "question": "?", "market_slug": "s", "tokens": tokens} | fields


def test_the_winner_flag_of_the_clob_resolves() -> None:
    facts = ClobMarketDecoder().decode(Record(value=clob(False, True))).facts
    assert [fact.payout_numerators for fact in facts if isinstance(fact, Resolution)] == [(0, 1)]
    halves = ClobMarketDecoder().decode(Record(value=clob(False, False, is_50_50_outcome=True))).facts
    assert [(fact.payout_numerators, fact.payout_denominator) for fact in halves if isinstance(fact, Resolution)] == [
        ((1, 1), 2)
    ]


def test_closed_without_a_winner_flag_is_not_resolved() -> None:
    for value in (clob(False, False), clob(False, True, closed=False)):
        assert [type(fact) for fact in ClobMarketDecoder().decode(Record(value=value)).facts] == [Market]
    (refused,) = ClobMarketDecoder().decode(Record(value=clob(True, True))).undecodable
    assert refused.reason == Reason.CONTRADICTION


def test_texts_with_markup_and_direction_marks_are_kept_as_they_are() -> None:
    wild = "<script>\u202e=cmd()\x07"
    assert market(question=wild).question == wild
    assert json.loads(json.dumps(wild)) == wild
