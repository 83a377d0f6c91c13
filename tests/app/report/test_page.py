"""A report is one whole, harmless, readable file, whatever the document holds or lacks."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from html.parser import HTMLParser
from random import Random
from typing import Any

import pytest

from remora.app.report.page import render
from remora.app.report.styles import STYLES

from . import report_documents as documents

EVERY = [documents.rich, documents.empty, documents.hostile, documents.large]
VOID = {"meta"}
FRAME = {"html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "h1", "h2", "h3", "p", "b",
         "small", "span", "div", "ul", "li", "dl", "dt", "dd", "code", "bdi", "figure",
         "figcaption", "table", "caption", "thead",
         "tbody", "tr", "th", "td", "details", "summary"}  # fmt: skip
DRAWN = {"svg", "g", "rect", "line", "circle", "path", "text", "title", "defs", "pattern"}


class Page(HTMLParser):
    """What a reader of HTML sees: elements, attributes, texts, and whether all is closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs), f"{tag} names an attribute twice"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.texts.append(data)

    @property
    def said(self) -> str:
        """All text, as one line."""
        return re.sub(r"\s+", " ", " ".join(self.texts))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Attributes of every such element."""
        return [attributes for name, attributes in self.elements if name == tag]


def read(document: dict[str, Any]) -> Page:
    """The report, parsed; balanced and of known elements only."""
    page = Page(render(document))
    assert page.open == []
    assert {tag for tag, _ in page.elements} <= FRAME | DRAWN
    return page


def without_spaces(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("story", EVERY)
def test_the_file_is_whole_and_asks_nothing_of_any_host(story: Callable[[], dict[str, Any]]) -> None:
    html = render(story())
    page = read(story())
    assert html.startswith("<!DOCTYPE html>")
    assert not re.search(r"https?:|//[a-z]|@import|javascript:", html.replace("data:", ""))
    for tag, attributes in page.elements:
        assert not {"src", "href", "action", "srcdoc", "xlink:href"} & set(attributes), tag
        assert not [name for name in attributes if name.startswith("on")], tag
    assert {
        url for _, attributes in page.elements for value in attributes.values() for url in re.findall(r"url\(.", value or "")
    } <= {"url(#"}
    assert any("default-src 'none'" in (meta.get("content") or "") for meta in page.all("meta"))


@pytest.mark.parametrize("story", EVERY)
def test_the_same_document_gives_the_same_bytes_and_is_not_changed(story: Callable[[], dict[str, Any]]) -> None:
    document = story()
    before = copy.deepcopy(document)
    assert render(document) == render(story())
    assert document == before


@pytest.mark.parametrize("story", EVERY)
def test_tables_and_pictures_say_what_they_are(story: Callable[[], dict[str, Any]]) -> None:
    page = read(story())
    assert len(page.all("caption")) == len(page.all("table"))
    for svg in page.all("svg"):
        inner = svg.get("width") == "1" or "viewbox" in svg or svg.get("class") == "clip"
        assert inner or svg.get("aria-label") or svg.get("aria-hidden"), svg
    ids = [str(attributes["id"]) for _, attributes in page.elements if "id" in attributes]
    named = {attributes["aria-labelledby"] for attributes in page.all("section")}
    assert named <= set(ids)
    sections = [identity for identity in ids if f"{identity}-title" in ids]
    assert sections == ["verdict", "score", "profit", "positions", "behaviour", "cluster", "unknown"]


def test_hostile_texts_stay_texts() -> None:
    html, page = render(documents.hostile()), read(documents.hostile())
    assert "<script" not in html
    assert "<img" not in html
    assert "\u202e" not in html
    assert "alert(1)" in page.said
    assert "W" * 301 not in html


def test_markup_in_the_name_of_the_wallet_itself() -> None:
    found = documents.rich() | {"wallet": documents.EVIL}
    assert "<script" not in render(found)
    assert "alert(1)" in read(found).said


def test_every_part_of_the_score_is_told() -> None:
    page = read(documents.rich())
    for group, part, most, points, low, high, n in documents.PARTS:
        row = f"{part.replace('_', ' ')} {'?' if points is None else f'{points:.1f}'} of {most} {low:.1f} to {high:.1f} {n}"
        bar = f"{part.replace('_', ' ')}: {'unknown' if points is None else f'{points:.1f}'} of {most}"
        assert bar in page.said
        assert without_spaces(row.partition(" of ")[2]) in without_spaces(page.said), group
    for factor in documents.rich()["score"]["factors"].values():
        assert f"{factor:.3f}" in page.said
    assert "612 of 1000" in page.said
    assert "between 540 and 702" in page.said
    assert "above 93.3 % of the scored traders" in page.said


@pytest.mark.parametrize(
    ("verdict", "shape"),
    [("skilled", "\N{BLACK CIRCLE}"), ("promising", "\N{CIRCLE WITH LEFT HALF BLACK}"), ("cannot tell", "\N{WHITE CIRCLE}"),
     ("harmful", "\N{BLACK DOWN-POINTING TRIANGLE}")],
)  # fmt: skip
def test_the_verdict_comes_first_and_has_a_shape_beside_its_word(verdict: str, shape: str) -> None:
    found = documents.rich()
    found["skill"]["verdict"] = verdict
    said = read(found).said
    assert re.search(rf"Skill or luck {shape} +{verdict}", said)
    assert said.index("Skill or luck") < said.index(" Score ") < said.index(" Profit ")


def test_edges_are_said_in_the_unit_of_the_venue() -> None:
    found = documents.rich()
    assert "+7.36 % , with 90 % probability between -1.19 % and +15.95 %" in read(found).said
    found["skill"] |= {"unit": "edge per dollar", "cost": 0.01}
    said = read(found).said
    assert "+7.10 cents" in said
    assert "cost +1.00 cents" in said
    found["skill"] |= {"edge": None, "low": None, "high": None}
    assert "cannot be estimated" in read(found).said


def test_money_is_exact_and_carries_its_unit() -> None:
    said = read(documents.rich()).said
    for sum_ in ("+23.509745263 SOL", "+23.401000001 SOL", "+4.998433454 SOL", "+8.824893396 SOL", "39.5492625 SOL"):
        assert sum_ in said
    assert "unknown (no SOL/USD price at the time of 12 positions)" in re.sub(" +", " ", said)


def test_one_coin_that_made_it_all_is_named() -> None:
    found = documents.rich()
    found["positions"] = [
        documents.position("Lucky", 9_000_000_000, name="The lucky one"), documents.position("Other", 1_000_000_000),
        documents.position("Third", -4_000_000_000), documents.position("Unknown", None),
    ]  # fmt: skip
    said = read(found).said
    assert "Concentration: 90.0 % of all gains came from one of the 2 tokens" in said
    assert "would be -3 SOL . It is The lucky one Lucky" in re.sub(" +", " ", said)


def test_outcomes_of_one_market_are_one_bet() -> None:
    found = documents.rich()
    found["positions"] = [
        documents.position(asset, gain, market="m", quote="USDC", venue="polymarket")
        for asset, gain in (("yes", 5_000_000), ("no", -4_000_000))
    ]
    assert "100.0 % of all gains came from the only token or market" in read(found).said
    assert "Without it the realized profit would be 0 USDC" in re.sub(" +", " ", read(found).said)


def test_a_simulated_market_says_so_and_a_real_one_does_not() -> None:
    assert "SIMULATED" in read(documents.rich()).said
    assert "SIMULATED" not in read(documents.rich() | {"simulated": False}).said


def test_without_a_scorebook_the_report_says_what_to_run() -> None:
    said = read(documents.empty()).said
    assert "not judged" in said
    assert said.count("remora analyse") >= 4
    assert "Nothing that these records could tell is missing" not in said


@pytest.mark.parametrize(
    "key", [*documents.OPTIONAL, "labels", "breakdown", "positions", "sales", "statistics", "not_attributed"]
)
def test_any_part_may_be_missing(key: str) -> None:
    read({name: value for name, value in documents.rich().items() if name != key})
    read(documents.rich() | {key: None})


@pytest.mark.parametrize("seed", range(12))
def test_any_number_or_text_may_be_null(seed: int) -> None:
    found, chance = documents.rich(), Random(seed)
    found["cluster"] = documents.cluster(4)
    lists: list[tuple[list[dict[str, Any]], set[str]]] = [
        (found["positions"], {"asset", "quote"}), (found["statistics"], {"venue", "quote"}), (found["sales"], {"quote"}),
        (found["labels"], set()), (found["breakdown"], {"venue", "quote", "window", "category"}),
        (found["score"]["parts"], set()),
        (found["cluster"]["relations"], {"a", "b"}), (found["cluster"]["members"], {"wallet"}),
        ([found[name] for name in ("score", "skill", "behaviour", "cluster", "scorebook")], set()),
    ]  # fmt: skip
    for rows, kept in lists:
        for row in rows:
            for key in sorted(set(row) - kept):
                if seed == 0 or chance.random() < 0.3:
                    row[key] = None
    said = read(found).said
    assert "None" not in said, said[said.index("None") - 90 :][:180]


@pytest.mark.parametrize("broken", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_unknown(broken: float) -> None:
    found = documents.rich()
    for name in ("score", "skill", "behaviour", "cluster"):
        found[name] |= {key: broken for key, value in found[name].items() if isinstance(value, float)}
    for part in found["score"]["parts"]:
        part |= {"points": broken, "low": broken, "high": broken}
    html = render(found)
    assert not re.search(r"\b(nan|inf)\b", html)


def test_thousands_of_positions_fit_a_small_file_and_what_is_left_out_is_counted() -> None:
    found = documents.large()
    html, page = render(found), read(found)
    assert len(html.encode()) < 500_000
    left = re.search(r"([\d,]+) more positions are left out: realized (-?[\d.]+) USDC", page.said)
    assert left is not None
    assert left[1] == "2,960"
    rest = sorted(
        found["positions"], key=lambda row: (-abs(row["realized_quote_atoms"]), -row["cost_quote_atoms"], row["asset"])
    )[40:]
    assert round(float(left[2]) * 1_000_000) == sum(row["realized_quote_atoms"] for row in rest)
    assert "Left out, as less sure: 240 wallets and" in page.said


def test_addresses_are_whole() -> None:
    found = documents.rich()
    page = read(found)
    assert documents.WALLET in page.texts
    largest = sorted(found["positions"], key=lambda row: -abs(row["realized_quote_atoms"] or 0))[:3]
    for row in (*found["cluster"]["members"], *largest):
        assert row.get("asset", row["wallet"]) in page.texts


def test_letters_stand_out_from_their_ground() -> None:
    """Contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3), light and dark."""
    for colours in (STYLES.partition("@media")[0], STYLES.partition("dark){")[2].partition("@media")[0]):
        value = dict(re.findall(r"--([a-z0-9]+):(#[0-9a-f]+)", colours))
        pairs = [(ink, ground) for ink in ("ink", "soft", "gain", "loss") for ground in ("bg", "card")]
        for ink, ground in (*pairs, ("noteink", "note")):
            light, dark = sorted((luminance(value[ink]), luminance(value[ground])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)


def luminance(colour: str) -> float:
    """Relative luminance of #rgb or #rrggbb."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
