"""`remora`: the command line. Every command answers as a table for people or, with --json, as one JSON document.

Exit codes: 0 done, 1 a check failed, 2 wrong usage or settings, 3 input refused, 4 the store is in use or damaged.
Nothing heavy is imported before a command runs.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from remora.app.cli import answers, checks, data, smart
from remora.app.cli.common import STATE
from remora.model.errors import RemoraError

app = typer.Typer(
    name="remora",
    help="What wallets do on public chains: exact positions and profit, with reasons and completeness.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def options(
    home: Annotated[Path, typer.Option(envvar="REMORA_HOME", help="folder that holds everything Remora writes")] = Path(
        "remora-data"
    ),
    config: Annotated[Path | None, typer.Option(envvar="REMORA_CONFIG", help="settings (TOML)")] = None,
) -> None:
    """What wallets do on public chains: exact positions and profit, with reasons and completeness."""
    STATE.home, STATE.config = home, config


for group in (data, answers, smart, checks):
    group.register(app)


def main() -> None:
    """Run a command; turn a RemoraError into its message and exit code."""
    try:
        app(standalone_mode=True)
    except RemoraError as error:
        sys.stderr.write(f"remora: {error}\n" + (f"  what to do: {error.hint}\n" if error.hint else ""))
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output has gone (`remora … | head`): nothing is wrong. Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        sys.stderr.write(f"remora: {error.strerror or error}{where}\n  what to do: check the path and its permissions\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.stderr.write("remora: stopped; what was committed stays, run the same command again to go on\n")
        sys.exit(130)
