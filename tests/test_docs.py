"""The documents are true: every requirement stands once, and every file, command and function they name exists."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from shared_data import shared

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")
NOT_BUILT = "not built yet"

_ROW = re.compile(r"^\| ([A-Z]{1,3}-\d+) \| (.+?) \| (.+?) \|$", re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")
_FILE = re.compile(r"(?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:py|md|toml|txt)")
_CHANGE = re.compile(r"^\* \[(CHANGE|FEATURE|ENHANCEMENT|BUGFIX|SECURITY|PERF)\] [^:]+: \S.*$")


def pages() -> list[Path]:
    """Every document, the decisions included."""
    return [ROOT / name for name in PAGES] + sorted((ROOT / "docs").rglob("*.md"))


def requirements() -> list[tuple[str, str, str]]:
    """(id, words, shown by) of every row."""
    return _ROW.findall((ROOT / "docs" / "requirements.md").read_text())


@cache
def commands() -> dict[str, Any]:
    """The command line's tree, as {name: {sub-command: {...}}}."""
    import typer

    from remora.app.cli.main import app

    def tree(command: Any) -> dict[str, Any]:
        return {name: tree(sub) for name, sub in getattr(command, "commands", {}).items()}

    return tree(typer.main.get_command(app))


def targets() -> set[str]:
    """The targets of the Makefile that its index names."""
    return set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))


def code_spans() -> list[tuple[str, str]]:
    """(page, text) of every piece of inline code and every line of a fenced block."""
    found = []
    for page in pages():
        text = page.read_text()
        fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        prose = re.sub(r"^```\w*\n.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
        name = page.relative_to(ROOT).as_posix()
        found += [(name, span) for span in _CODE.findall(prose)]
        found += [(name, line.strip().removeprefix("$ ")) for block in fenced for line in block.splitlines()]
    return found


# --- requirements -----------------------------------------------------------------------------------------------------


def test_every_requirement_stands_once() -> None:
    ids = [row[0] for row in requirements()]
    assert len(ids) == len(set(ids)), sorted({name for name in ids if ids.count(name) > 1})
    groups = {"D": 64, "U": 55}
    assert {kind: sum(name.startswith(f"{kind}-") for name in ids) for kind in groups} == groups
    assert len(ids) - sum(groups.values()) == 461


def test_the_ids_are_those_of_the_specification_and_the_words_are_ours() -> None:
    given = (shared().parent / "spec" / "requirements.md").read_text()
    rows = dict(re.findall(r"^\| ([A-Z]{1,3}-\d\d) \|(.*)\|", given, re.MULTILINE))
    ours = {name: words for name, words, _ in requirements()}
    assert ours.keys() == rows.keys()
    copied = [name for name, words in ours.items() if len(words) > 40 and words.rstrip(".").lower() in rows[name].lower()]
    assert not copied


def test_what_shows_a_requirement_is_named() -> None:
    bad = [name for name, _, shown in requirements() if shown != NOT_BUILT and not _CODE.search(shown)]
    assert not bad, "name a test, a command or a file in backticks"
    assert sum(shown != NOT_BUILT for _, _, shown in requirements()) > 30


# --- what is named exists ---------------------------------------------------------------------------------------------


def test_named_files_exist() -> None:
    """A path in backticks is a file of the repository, or of src/remora where it has no root."""
    missing = []
    for page, span in code_spans():
        first = span.split("::")[0].split(" ")[0]
        if not _FILE.fullmatch(first) or first.startswith(("build/", "../", "remora-data")) or "NNNN" in first:
            continue
        places = (ROOT / first, ROOT / "src" / "remora" / first, ROOT / "docs" / "decisions" / first, ROOT / "tests" / first)
        if not any(place.exists() for place in places):
            missing.append(f"{page}: {first}")
    assert not missing, "\n" + "\n".join(missing)


def test_named_functions_exist() -> None:
    """`venues/solana/x.py::name` (or `::Class.name`) is defined there."""
    missing = []
    for page, span in code_spans():
        if "::" not in span or not (match := re.fullmatch(r"([\w/.-]+\.py)::([\w.]+)", span)):
            continue
        path, name = match.groups()
        places = (ROOT / path, ROOT / "src" / "remora" / path)
        file = next((place for place in places if place.exists()), None)
        if file is None or not _defines(ast.parse(file.read_text()), name.split(".")):
            missing.append(f"{page}: {span}")
    assert not missing, "\n" + "\n".join(missing)


def _defines(node: ast.AST, names: list[str]) -> bool:
    for child in ast.iter_child_nodes(node):
        own = getattr(child, "name", None)
        if isinstance(child, ast.Assign | ast.AnnAssign):
            lefts = child.targets if isinstance(child, ast.Assign) else [child.target]
            own = next((left.id for left in lefts if isinstance(left, ast.Name)), None)
        if own == names[0] and (len(names) == 1 or _defines(child, names[1:])):
            return True
    return False


def test_named_commands_exist() -> None:
    bad = []
    for page, span in code_spans():
        words = _words(span)
        if words[:1] == ["make"] and len(words) > 1:
            bad += [f"{page}: {span}" for word in words[1:2] if word not in targets()]
        if words[:1] == ["remora"] and "COMMAND" not in words:
            tree, rest = commands(), [word for word in words[1:] if not word.startswith("-")]
            if "--home" in words:
                rest = rest[1:]
            while tree and rest:
                if rest[0] not in tree:
                    if not rest[0].isupper():
                        bad.append(f"{page}: {span}")
                    break
                tree, rest = tree[rest[0]], rest[1:]
    assert not bad, "\n" + "\n".join(bad)


def _words(span: str) -> list[str]:
    try:
        return shlex.split(span, comments=True)
    except ValueError:  # an apostrophe in prose
        return span.split()


def test_every_command_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text()
    names = [name if not tree else f"{name} {sub}" for name, tree in commands().items() for sub in (tree or [""])]
    missing = [name for name in names if f"remora {name}".strip() not in re.sub(r"\s+", " ", text)]
    assert not missing


def test_every_target_is_explained() -> None:
    text = (ROOT / "README.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text()
    assert not [target for target in targets() if f"make {target}" not in text]
    index = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert all(f"make {target}" in index for target in targets())


def test_links_lead_somewhere() -> None:
    bad = []
    for page in pages():
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
            if "://" not in target and not (page.parent / target).exists():
                bad.append(f"{page.name}: {target}")
    assert not bad


# --- form -------------------------------------------------------------------------------------------------------------


def test_changes_name_kind_and_area() -> None:
    lines = [line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("*")]
    assert lines
    assert not [line for line in lines if not _CHANGE.match(line)]


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda page: page.stem[:4])
def test_decisions_have_one_form(page: Path) -> None:
    text = page.read_text()
    assert re.match(r"\d{4}-[a-z0-9-]+$", page.stem)
    assert text.startswith(f"# {page.stem[:4]} ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["What we decided", "Why", "What it costs"]


def test_every_room_is_in_the_architecture() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    rooms = {path.name for path in (ROOT / "src" / "remora").iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert not [room for room in rooms if f"`{room}`" not in text]
