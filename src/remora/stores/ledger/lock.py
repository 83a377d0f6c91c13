"""The lock of a home folder: who holds the store, so that a second process is told instead of doing damage."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from remora.model.errors import StoreInUse
from remora.model.units import SECOND, rfc3339

LOCK_FILE = "lock"


class HomeLock:
    """Held from `acquire` to `release`; the operating system lets go of it when the process dies."""

    def __init__(self, path: Path, handle: int) -> None:
        self._path = path
        self._handle = handle

    @classmethod
    def acquire(cls, home: Path) -> HomeLock:
        """Take the lock of a home folder. Raises StoreInUse, naming the holder."""
        home.mkdir(parents=True, exist_ok=True)
        path = home / LOCK_FILE
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _read(handle)
            os.close(handle)
            raise _in_use(home, holder) from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, msgspec.json.encode(_ourselves()), 0)
        return cls(path, handle)

    def release(self) -> None:
        """Let go of the lock; the file stays, empty."""
        if self._handle >= 0:
            os.ftruncate(self._handle, 0)
            os.close(self._handle)
            self._handle = -1


def holder(home: Path) -> dict[str, Any] | None:
    """Who holds the lock of a home folder now: pid, started, command, socket, since; None if nobody does."""
    path = home / LOCK_FILE
    if not path.exists():
        return None
    handle = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return _read(handle)
    else:
        return None
    finally:
        os.close(handle)


def _read(handle: int) -> dict[str, Any]:
    try:
        return msgspec.json.decode(os.pread(handle, 65_536, 0), type=dict[str, Any])
    except msgspec.DecodeError:  # just being written, or written by something else
        return {}


def _ourselves() -> dict[str, Any]:
    return {
        "pid": os.getpid(),
        "started": _started(),
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]) if sys.argv else "",
        "socket": None,
        "since": rfc3339(time.time_ns() // SECOND * SECOND),
    }


def _started() -> int | None:
    """When this process was started, in clock ticks since boot, where the system tells."""
    stat = Path("/proc/self/stat")
    if not stat.exists():
        return None
    return int(stat.read_text().rpartition(")")[2].split()[19])


def _in_use(home: Path, holder: dict[str, Any]) -> StoreInUse:
    pid, command, since = holder.get("pid", "unknown"), holder.get("command") or "unknown command", holder.get("since", "?")
    return StoreInUse(
        f"the store in {home} is in use by process {pid} ({command}), since {since}",
        hint=f"wait for it, stop it (kill {pid}), or use another --home",
    )
