"""The house keeps its own rules: floors, pure rooms, exact money, nothing at import, sizes, words.

Each rule is checked on the syntax tree of every file in src, so a new file is held to it without being named here.
"""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "remora"

# room -> our own rooms it may import, besides itself
MAY_IMPORT: dict[str, frozenset[str]] = {
    "model": frozenset(),
    "formulas": frozenset({"model"}),
    "analysis": frozenset({"model", "formulas"}),
    "rules": frozenset({"model", "formulas"}),
    "ports": frozenset({"model"}),
    "stores": frozenset({"model", "formulas", "ports"}),
    "intake": frozenset({"model", "formulas", "ports"}),
    "venues": frozenset({"model", "formulas", "ports"}),
    "channels": frozenset({"model", "formulas", "ports"}),
    "engine": frozenset({"model", "formulas", "analysis", "rules", "ports"}),
    "study": frozenset({"model", "formulas", "analysis", "rules", "ports", "engine"}),
}
MAY_IMPORT["app"] = frozenset(MAY_IMPORT) | {"app"}

# room -> libraries it may import, besides the standard library; rooms that are not named may use any declared one
LIBRARIES = {
    "model": {"msgspec"},
    "formulas": {"msgspec"},
    "analysis": {"msgspec", "numpy", "numba", "llvmlite", "pyarrow", "scipy", "networkit"},
    "rules": {"msgspec"},
    "ports": {"msgspec", "pyarrow"},
}

PURE = {"model", "formulas", "analysis", "rules"}
IMPURE_MODULES = {
    "asyncio", "time", "os", "io", "pathlib", "random", "secrets", "uuid", "socket", "ssl", "subprocess", "threading",
    "multiprocessing", "concurrent", "tempfile", "shutil", "glob", "signal", "selectors", "urllib", "http", "sqlite3",
    "logging", "platform", "getpass",
}  # fmt: skip
IMPURE_CALLS = {"open", "input", "print", "exec", "eval"}
CLOCK_METHODS = {"now", "utcnow", "today"}
_NUMPY_CHANCE = re.compile(r"(np|numpy)\.random\.(?!Generator$)")

# distribution -> the name it is imported by, where they differ
IMPORT_NAMES = {"pydantic-settings": "pydantic_settings", "protobuf": "google", "clickhouse-connect": "clickhouse_connect"}
COMES_WITH = {"pydantic": "pydantic-settings", "yarl": "aiohttp", "multidict": "aiohttp", "click": "typer", "llvmlite": "numba"}

HEAVY = (
    "duckdb",
    "pyarrow",
    "numba",
    "numpy",
    "solders",
    "aiohttp",
    "scipy",
    "pandas",
    "google.protobuf",
    "clickhouse_connect",
)

# where money is booked: no float there; elsewhere in analysis live statistics, probabilities and points
MONEY = {"model/facts.py"} | {
    f"analysis/{name}.py" for name in (
        "assemble", "chains", "columns", "convert", "curves", "dollars", "events", "exact", "figures", "gather", "kernel",
        "laws", "lots", "marks", "names", "oracle", "outcomes", "pooling", "positions", "prefetch",
    )
}  # fmt: skip
CATCH_ALL_ALLOWED = {"intake/importer.py"}  # a decoder's bug must not end an import of a million records

MAX_FUNCTION_LINES = 60
MAX_FILE_LINES = 400


class Module(NamedTuple):
    """One source file: its path below src/remora, its room, dotted name, text and syntax tree."""

    path: str
    room: str
    name: str
    text: str
    tree: ast.Module


@cache
def modules() -> tuple[Module, ...]:
    """Every file of src, generated ones left out."""
    found = []
    for file in sorted(PACKAGE.rglob("*.py")):
        if file.stem.endswith(("_pb2", "_pb2_grpc")):
            continue
        path = file.relative_to(PACKAGE)
        parts = [*path.parts[:-1], *([] if path.stem == "__init__" else [path.stem])]
        text = file.read_text()
        found.append(Module(path.as_posix(), parts[0] if parts else "", ".".join(["remora", *parts]), text, ast.parse(text)))
    return tuple(found)


def imports(module: Module) -> list[tuple[int, str]]:
    """(line, dotted name) of every import in the file, those inside functions and for types included."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module.path}:{node.lineno} imports by a relative name"
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return found


def ours(module: Module) -> list[tuple[int, str]]:
    """The imports of our own modules, as (line, dotted name of the module)."""
    known = {other.name for other in modules()} | {f"remora.{_generated(path)}" for path in PACKAGE.rglob("*_pb2.py")}
    found = []
    for line, name in imports(module):
        if name.split(".")[0] == "remora":
            found.append((line, name if name in known else name.rpartition(".")[0]))
    return found


def _generated(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def room_of(name: str) -> str:
    """The room of a dotted module name."""
    return [*name.split("."), ""][1]


def no(found: list[str]) -> None:
    """Fail with every place at once."""
    assert not found, "\n" + "\n".join(found)


# --- floors ---------------------------------------------------------------------------------------------------------


def test_every_room_has_its_floor() -> None:
    rooms = {module.room for module in modules()} - {""}
    assert rooms <= set(MAY_IMPORT), "a new room needs its line in MAY_IMPORT and in ARCHITECTURE.md"
    assert len(modules()) > 20


def test_imports_go_down_only() -> None:
    no([
        f"{module.path}:{line} imports {name}"
        for module in modules()
        if module.room
        for line, name in ours(module)
        if room_of(name) not in MAY_IMPORT[module.room] | {module.room, ""}
    ])  # fmt: skip


def test_venues_never_see_each_other() -> None:
    siblings = {
        module.path.split("/")[1] for module in modules() if module.path.startswith("venues/") and "/" in module.path[7:]
    }
    bad = []
    for module in modules():
        if module.room == "venues" and module.path.count("/") == 2:
            own = module.path.split("/")[1]
            bad += [
                f"{module.path}:{line} imports {name}"
                for line, name in ours(module)
                if room_of(name) == "venues" and name.split(".")[2:3] and name.split(".")[2] in siblings - {own}
            ]
    assert {"solana", "polymarket"} <= siblings
    no(bad)


def test_only_the_builder_names_plug_ins() -> None:
    """Stores, venues and the reading of files are wired in one file of the roof."""
    no([
        f"{module.path}:{line} imports {name}"
        for module in modules()
        if module.room == "app" and module.path != "app/build.py"
        for line, name in ours(module)
        if room_of(name) in {"stores", "venues"}
    ])  # fmt: skip


def test_files_do_not_import_in_a_circle() -> None:
    graph = {module.name: {name for _, name in ours(module)} - {module.name} for module in modules()}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, f"a circle of imports: {' -> '.join((*path[path.index(name) :], name))}"
        if name not in done:
            for target in sorted(graph.get(name, ())):
                visit(target, (*path, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_rooms_use_their_own_libraries_only() -> None:
    no([
        f"{module.path}:{line} imports {name}"
        for module in modules()
        if module.room in LIBRARIES
        for line, name in imports(module)
        if name.split(".")[0] not in sys.stdlib_module_names | LIBRARIES[module.room] | {"remora", "__future__"}
    ])  # fmt: skip


def test_every_library_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [name for names in project["optional-dependencies"].values() for name in names]
    declared = {re.split(r"[^A-Za-z0-9_-]", text)[0] for text in [*project["dependencies"], *extras]}
    importable = {IMPORT_NAMES.get(name, name.replace("-", "_")) for name in declared}
    used = {
        (name.split(".")[0], f"{module.path}:{line}")
        for module in modules()
        for line, name in imports(module)
        if name.split(".")[0] not in sys.stdlib_module_names | {"remora", "__future__"}
    }
    no(
        [
            f"{place} imports {top}"
            for top, place in sorted(used)
            if top not in importable and COMES_WITH.get(top) not in declared
        ]
    )
    unused = {IMPORT_NAMES.get(re.split(r"[^A-Za-z0-9_-]", text)[0], re.split(r"[^A-Za-z0-9_-]", text)[0].replace("-", "_"))
              for text in project["dependencies"]} - {top for top, _ in used}  # fmt: skip
    no([f"{name} is a dependency and nobody imports it" for name in sorted(unused)])


# --- pure rooms -----------------------------------------------------------------------------------------------------


def test_pure_rooms_have_no_world() -> None:
    """No clock, no chance, no files, no sockets, no environment in model, formulas, analysis and rules."""
    bad = []
    for module in (module for module in modules() if module.room in PURE):
        bad += [
            f"{module.path}:{line} imports {name}" for line, name in imports(module) if name.split(".")[0] in IMPURE_MODULES
        ]
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
                bad.append(f"{module.path}:{node.lineno} calls {node.func.id}()")
            if isinstance(node, ast.Attribute) and node.attr in CLOCK_METHODS:
                bad.append(f"{module.path}:{node.lineno} reads the clock: .{node.attr}")
            if isinstance(node, ast.Attribute) and _NUMPY_CHANCE.match(ast.unparse(node)):
                bad.append(f"{module.path}:{node.lineno} draws chance: {ast.unparse(node)}; take a Generator as an argument")
    no(bad)


def test_money_is_never_a_float() -> None:
    """No float annotation in the facts, nor where money is booked."""
    bad = []
    assert {module.path for module in modules()} >= MONEY, "a file of the books has another name now"
    for module in modules():
        if module.path in MONEY:
            for node in ast.walk(module.tree):
                annotation = getattr(node, "annotation", None) or getattr(node, "returns", None)
                if annotation is not None and re.search(r"\bfloat(16|32|64)?\b", ast.unparse(annotation)):
                    bad.append(f"{module.path}:{node.lineno} {ast.unparse(annotation)}")  # type: ignore[attr-defined]
    no(bad)


def test_structs_of_the_model_are_frozen() -> None:
    seen = 0
    for module in (module for module in modules() if module.room == "model"):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, msgspec.Struct) and value is not msgspec.Struct:
                assert value.__struct_config__.frozen, f"{module.path}: {value.__name__} can be changed"
                seen += 1
    assert seen > 20


# --- nothing at import ----------------------------------------------------------------------------------------------

_IMPORT_ALL = """
import sys
names = {names!r}
busy = []
WATCHED = {{"socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.mkdir", "os.rename", "os.remove",
            "sqlite3.connect", "os.system", "os.fork", "_thread.start_new_thread"}}
def hook(event, args):
    if not busy or event != "open" and event not in WATCHED:
        return
    frame, seen = sys._getframe(), False
    while frame is not None:
        path = frame.f_code.co_filename
        if "site-packages" in path:  # what a library does while it is loaded is its own affair
            return
        seen = seen or path.endswith(".py") and "/remora/" in path
        frame = frame.f_back
    if not seen:
        return
    if event == "open":
        mode, flags = args[1] or "", args[2]
        if isinstance(args[0], str) and (any(c in mode for c in "wax+") or flags & 3):
            raise RuntimeError(f"{{busy[0]}} writes {{args[0]}} while being imported")
    elif event in WATCHED:
        raise RuntimeError(f"{{busy[0]}}: {{event}} {{args[:1]}} while being imported")
sys.addaudithook(hook)
import importlib
for name in names:
    busy[:] = [name]
    importlib.import_module(name)
    busy.clear()
print("imported", len(names))
"""


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter that writes no byte code and turns warnings into errors."""
    return subprocess.run(
        [sys.executable, "-B", "-W", "error::DeprecationWarning:remora", "-c", code],
        capture_output=True, text=True, timeout=200, check=False, env={"PYTHONPATH": str(ROOT / "src"), "HOME": "/nonexistent"},
    )  # fmt: skip


def test_importing_opens_nothing() -> None:
    done = run_python(_IMPORT_ALL.format(names=[module.name for module in modules()]))
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == f"imported {len(modules())}"


def test_the_watch_over_imports_sees(tmp_path: Path) -> None:
    """The check above can fail: a module that writes while being imported is caught."""
    package = tmp_path / "remora"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "writes.py").write_text(f"open({str(tmp_path / 'x')!r}, 'w').close()")
    done = subprocess.run(
        [sys.executable, "-B", "-c", _IMPORT_ALL.format(names=["remora.writes"])],
        capture_output=True, text=True, timeout=60, check=False, env={"PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode != 0
    assert "while being imported" in done.stderr


def test_the_command_line_loads_nothing_heavy() -> None:
    done = run_python(f"import sys, remora.app.cli.main; print([name for name in {HEAVY!r} if name in sys.modules])")
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == "[]"


# --- form -----------------------------------------------------------------------------------------------------------


def test_package_files_are_one_docstring() -> None:
    bad = []
    for module in modules():
        if module.path.endswith("__init__.py"):
            body = module.tree.body
            if len(body) != 1 or not ast.get_docstring(module.tree):
                bad.append(module.path)
    no(bad)
    missing = {file.parent for file in PACKAGE.rglob("*.py")} - {file.parent for file in PACKAGE.rglob("__init__.py")}
    no([f"{folder.relative_to(ROOT)} has no __init__.py" for folder in missing])


def test_functions_fit_a_screen_and_files_hold_one_noun() -> None:
    bad = []
    for module in modules():
        lines = module.text.count("\n")
        if lines > MAX_FILE_LINES:
            bad.append(f"{module.path} has {lines} lines")
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                doc = node.body[0] if ast.get_docstring(node) else None
                length = (node.end_lineno or 0) - node.lineno + 1 - (((doc.end_lineno or 0) - doc.lineno + 1) if doc else 0)
                if length > MAX_FUNCTION_LINES:
                    bad.append(f"{module.path}:{node.lineno} {node.name} has {length} lines")
    no(bad)


def test_public_names_say_what_they_are() -> None:
    bad = [module.path for module in modules() if not ast.get_docstring(module.tree)]
    for module in modules():
        named = [node for node in module.tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
        bad += [
            f"{module.path}:{node.lineno} {node.name} has no docstring"
            for node in named
            if not node.name.startswith("_") and not ast.get_docstring(node)
        ]
    no(bad)


def test_failures_are_caught_by_name() -> None:
    bad = []
    for module in modules():
        lines = module.text.splitlines()
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.ExceptHandler) or _goes_on(node):
                continue
            kinds = {
                ast.unparse(kind) for kind in ([node.type] if not isinstance(node.type, ast.Tuple) else node.type.elts) if kind
            }
            if kinds and not kinds & {"Exception", "BaseException"}:
                continue
            if module.path not in CATCH_ALL_ALLOWED or "#" not in lines[node.lineno - 1]:
                bad.append(f"{module.path}:{node.lineno} {lines[node.lineno - 1].strip()}")
    no(bad)


def _goes_on(handler: ast.ExceptHandler) -> bool:
    """The handler tidies up and lets the failure go on: it ends with a bare `raise`."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


# --- words ----------------------------------------------------------------------------------------------------------

# Written in pieces, so that this file does not hold what it looks for.
_HOSTS = ("py" + "pi.org", "python" + "hosted", "registry.np" + "mjs", "deb.deb" + "ian", "/simp" + "le/")
_PATHS = ("/wo" + "rk/", "/ro" + "ot/", "/fa" + "rm", "/opt/wh" + "eels", "/tm" + "p/")
_TALK = (
    "iss" + "ue #",
    "iss" + "ue 2",
    "TO" + "DO",
    "FIX" + "ME",
    "clau" + "de",
    "anthro" + "pic",
    "chat" + "gpt",
    "co-auth" + "ored",
)


@pytest.mark.parametrize("words", [_HOSTS, _PATHS, _TALK], ids=["registries", "machine paths", "workshop talk"])
def test_tracked_files_hold_no(words: tuple[str, ...]) -> None:
    """No addresses of registries, no paths of one machine, no talk about how the work was organised."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    pattern = re.compile("|".join(re.escape(word) for word in words), re.IGNORECASE if words is _TALK else 0)
    bad = []
    for name in filter(None, listed.split("\0")):
        file = ROOT / name
        if file.suffix in {".gz", ".zst", ".png", ".parquet", ".bin"} or not file.is_file():
            continue
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
            if found := pattern.search(line):
                bad.append(f"{name}:{number} {found.group()!r}")
    no(bad)


def test_pins_carry_hashes_and_no_addresses() -> None:
    for file in (ROOT / "requirements").glob("*.txt"):
        text = file.read_text()
        assert "://" not in text, file.name
        assert "index-url" not in text, file.name
        for entry in re.split(r"\n(?=[a-z0-9])", text.strip()):
            assert "--hash=sha256:" in entry, f"{file.name}: {entry.splitlines()[0]}"
