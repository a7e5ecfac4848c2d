"""Does a test notice each defence that is taken away? `make mutants` prints which.

`python tests/faults/run_mutants.py [NAME ...]`; ends with 1 where a mutant lives on.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mutants import MUTANTS
from rich.console import Console
from rich.table import Table

ROOT: Final = Path(__file__).resolve().parents[2]
PATIENCE_S: Final = 900
_FAILED: Final = re.compile(r"^(?:FAILED|ERROR) tests/(\S+)", re.MULTILINE)
_RED: Final = 1
"""pytest's exit code where tests ran and some failed."""


def red(tests: Sequence[str], *options: str) -> list[str]:
    """Those of some tests that fail, or the first of them with `-x`."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    ran = subprocess.run(
        [*command, *(f"tests/{test}".removesuffix("::") for test in tests)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    if ran.returncode not in {0, _RED}:
        sys.stderr.write(ran.stdout[-3000:] + ran.stderr[-3000:])
        raise SystemExit(f"pytest ended with {ran.returncode}; mend that first")
    return _FAILED.findall(ran.stdout)


def caught_by(name: str) -> list[str]:
    """The tests that turned red; empty where the mutant lives on."""
    return red(MUTANTS[name].tests, "-x", f"--mutant={name}")


def main(names: Sequence[str]) -> int:
    """Play all mutants, or those named."""
    table = Table(title="Mutants: one defence gone each", title_justify="left")
    for heading in ("mutant", "what is gone", "caught by", "s"):
        table.add_column(heading, overflow="fold")
    wanted = sorted({test for name in names or MUTANTS for test in MUTANTS[name].tests})
    if already := red(wanted):
        raise SystemExit(f"red without any mutant, so nothing can be told: {', '.join(already)}")
    alive = []
    for name in names or MUTANTS:
        begun = time.monotonic()
        found = caught_by(name)
        if not found:
            alive.append(name)
        seconds = f"{time.monotonic() - begun:.0f}"
        table.add_row(name, MUTANTS[name].what, "\n".join(found) or "NOBODY", seconds)
        sys.stderr.write(f"{name}: {'caught' if found else 'LIVES ON'} ({seconds} s)\n")
    console = Console(width=150)
    console.print(table)
    console.print(f"{len(names or MUTANTS) - len(alive)} of {len(names or MUTANTS)} caught")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
