"""Draw what a command really prints as an SVG: python docs/pictures/draw.py OUT.svg COMMAND ...

The command runs in a terminal of COLUMNS columns (default 120), so that it draws as for a person.
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

from rich.console import Console
from rich.text import Text


def terminal_output(command: list[str], columns: int) -> str:
    """Everything the command writes to a terminal of that width, with its colours. Raises if it fails."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": str(columns)}
    running = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    written = bytearray()
    try:
        while part := os.read(ours, 65_536):
            written += part
    except OSError:
        pass  # the other end of the terminal is closed: the command has ended
    os.close(ours)
    if running.wait() != 0:
        sys.exit(f"the command failed:\n{written.decode(errors='replace')}")
    return written.decode().replace("\r\n", "\n")


def main(out: str, *command: str) -> None:
    """Run the command and write its picture."""
    columns = int(os.environ.get("COLUMNS", "120"))
    lines = terminal_output(list(command), columns).split("\n")
    shown = "\n".join(line.rsplit("\r", 1)[-1] for line in lines)  # of a progress bar only its last state
    console = Console(record=True, width=columns, file=io.StringIO())
    console.print(Text("$ " + " ".join(command).replace(".venv/bin/", ""), style="bold"))
    console.print(Text.from_ansi(shown.rstrip()))
    picture = console.export_svg(title="remora", font_aspect_ratio=0.61)
    picture = re.sub(r"@font-face \{.*?\}|<!--.*?-->", "", picture, flags=re.DOTALL)  # nothing is fetched
    picture = picture.replace("Fira Code,", "DejaVu Sans Mono, Menlo, Consolas,")
    Path(out).write_text(re.sub(r"[ \t]+$", "", picture, flags=re.MULTILINE), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
