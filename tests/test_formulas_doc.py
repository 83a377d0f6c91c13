"""The page of formulas is true: its examples run, each formula names where it comes from, and none is left out."""

from __future__ import annotations

import ast
import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "formulas.md"
FORMULAS = ROOT / "src" / "remora" / "formulas"

_SOURCE = re.compile(r"\((?:.*, )?(?:[A-Z]{1,3}-\d\d|defect \d+|quality \d[a-z](?:\.\d+)?|[A-Z][\w ]+ \d{4})(?:, .*)?\)$")


def sections() -> list[tuple[str, str]]:
    """(heading, text) of every formula."""
    parts = re.split(r"^### (.+)$", PAGE.read_text(), flags=re.MULTILINE)
    return [(heading, text.split("\n## ")[0]) for heading, text in zip(parts[1::2], parts[2::2], strict=True)]


def examples(text: str) -> str:
    """The code of all examples."""
    return "".join(example.source for example in doctest.DocTestParser().get_examples(text))


def public_functions() -> list[str]:
    """module.name of every public function of the room of formulas."""
    found = []
    for path in sorted(FORMULAS.glob("*.py")):
        tree = ast.parse(path.read_text())
        names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
        found += [f"{path.stem}.{name}" for name in names]
    return found


def test_every_example_says_what_the_code_says() -> None:
    failed, tried = doctest.testfile(str(PAGE), module_relative=False, verbose=False, optionflags=doctest.REPORT_NDIFF)
    assert failed == 0, "the differences are printed above"
    assert tried > 150


def test_headings_stand_once() -> None:
    headings = [heading for heading, _ in sections()]
    assert len(headings) == len(set(headings)) > 40


@pytest.mark.parametrize(("heading", "text"), sections(), ids=lambda part: part.split(" (")[0] if "\n" not in part else "")
def test_a_formula_names_its_source_and_has_an_example(heading: str, text: str) -> None:
    assert _SOURCE.search(heading), "no requirement or paper in parentheses"
    wanted = [example for example in doctest.DocTestParser().get_examples(text) if example.want]
    assert wanted, "no example with an answer"


def test_every_public_function_is_shown_running() -> None:
    code = examples(PAGE.read_text())
    missing = [name for name in public_functions() if not re.search(rf"\b{re.escape(name)}\b", code)]
    assert not missing


def test_named_requirements_exist() -> None:
    known = set(re.findall(r"^\| ([A-Z]{1,3}-\d\d) \|", (ROOT / "docs" / "requirements.md").read_text(), re.MULTILINE))
    named = set(re.findall(r"\b[A-Z]{1,3}-\d\d\b", PAGE.read_text()))
    assert named
    assert not named - known


def test_the_contents_name_every_section() -> None:
    text = PAGE.read_text()
    titles = re.findall(r"^## (.+)$", text, re.MULTILINE)
    anchors = [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles]
    assert re.findall(r"^\* \[.+\]\(#(.+)\)$", text, re.MULTILINE) == anchors
