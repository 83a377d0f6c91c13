"""Where a map's paths lead: inside an item, out to its parents, to its key or to the item itself.

`swaps` iterates a list, `wallets.inflows` a list inside each item of another, `*.ohlcv` the list inside each value of an
object. A column `trader` is a key of the item, `3` a place in it, `parent.mint` a key outside, `@key` the key under which
the item lies, `@value` the item itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from remora.model.errors import Reason


class Refusal(Exception):
    """One item that a map cannot read; becomes an Undecodable."""

    def __init__(self, reason: Reason, detail: str, where: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.where = where


class Scope(NamedTuple):
    """One item, the key or place under which it lies, and what it lies in."""

    value: Any
    key: Any = None
    parent: Scope | None = None


Getter = Callable[[Scope], Any]
MISSING: Final = None


def walk(root: Scope, path: tuple[str, ...]) -> Iterator[Scope]:
    """All items a path of `each` leads to, in the file's order. Raises Refusal where it leads nowhere."""
    if not path:
        yield root
        return
    step, rest = path[0], path[1:]
    if step == "*":
        if not isinstance(root.value, dict):
            raise Refusal(Reason.WRONG_TYPE, f"expected an object, got {_kind(root.value)}", ".".join(path))
        for key, value in root.value.items():
            yield from walk(Scope(value, key, root), rest)
        return
    found = root.value.get(step) if isinstance(root.value, dict) else None
    if found is None:
        raise Refusal(Reason.MISSING_FIELD, f"has no {step!r}", step)
    if isinstance(found, list):
        if not rest:
            for n, item in enumerate(found):
                yield Scope(item, n, root)
            return
        for n, item in enumerate(found):
            yield from walk(Scope(item, n, root), rest)
    elif isinstance(found, dict) and rest:
        yield from walk(Scope(found, step, root), rest)
    else:
        raise Refusal(Reason.WRONG_TYPE, f"expected a list, got {_kind(found)}", step)


def getter(path: str) -> Getter:
    """A function that follows a column's path from a scope; it gives None where the path leads nowhere."""
    steps = path.split(".")
    ups = 0
    while ups < len(steps) and steps[ups] == "parent":
        ups += 1
    inner = _inside(steps[ups:])
    if not ups:
        return inner

    def outside(scope: Scope) -> Any:
        at: Scope | None = scope
        for _ in range(ups):
            at = at.parent if at else None
        return inner(at) if at else MISSING

    return outside


def own_key(path: str) -> str | None:
    """The key, where a path is just one key of the item: readers of most columns need no more than a look into it."""
    return None if "." in path or path in ("parent", "@value", "@key") else path


def once_per_parent(read: Getter) -> Getter:
    """The same reader for a path that leads outside: asked once for all items of one parent."""
    last: Any = None
    held: Any = None

    def cached(scope: Scope) -> Any:
        nonlocal last, held
        if scope.parent is None or scope.parent is not last:
            held = read(scope)
            last = scope.parent
        return held

    return cached


def _inside(steps: list[str]) -> Getter:
    if steps in ([], ["@value"]):
        return lambda scope: scope.value
    if steps == ["@key"]:
        return lambda scope: scope.key
    if len(steps) == 1:
        return _one(steps[0])

    def nested(scope: Scope) -> Any:
        value = scope.value
        for step in steps:
            value = _at(value, step)
        return value

    return nested


def _one(step: str) -> Getter:
    def one(scope: Scope) -> Any:
        value = scope[0]
        return value.get(step) if type(value) is dict else _at(value, step)

    return one


def _at(value: Any, step: str) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and step.isdecimal() and len(step) < 8 and int(step) < len(value):
        return value[int(step)]
    return MISSING


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "nothing"}
    return names.get(type(value), "a number")
