"""The peak of this process's own memory. `ru_maxrss` is no use in a child: it begins at the size of its parent."""

from __future__ import annotations

from pathlib import Path


def peak_bytes() -> int:
    """Largest resident memory since the program of this process was started (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
