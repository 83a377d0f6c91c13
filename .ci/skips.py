"""Fail when a test was skipped for a reason that does not hold where the data and services are there.

Usage: python .ci/skips.py RESULTS.xml (pytest's --junitxml). Prints each skip that is not allowed.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

ALLOWED = ("needs a ClickHouse server",)
DATA = "recorded data not found"


def main(results: str) -> int:
    """0 when every skip has an allowed reason, else 1."""
    shared = (Path(__file__).resolve().parent.parent.parent / "shared" / "data").exists()
    allowed = ALLOWED if shared else (*ALLOWED, DATA)
    bad = [
        f"{case.get('classname')}::{case.get('name')}: {reason}"
        for case in ET.parse(results).iter("testcase")
        for skip in case.iter("skipped")
        if not any(word in (reason := f"{skip.get('message')} {skip.text or ''}") for word in allowed)
    ]
    for line in bad:
        print("skipped, but should run here:", line)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
