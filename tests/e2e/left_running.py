"""Which processes does a program that was tried leave running?"""

from __future__ import annotations

from typing import Final

import psutil

MARK: Final = "DOORWARD_TEST_DEMO"
"""The variable that a program under test hands on to all that it starts."""


def running(mark: str) -> list[str]:
    """Command lines of the processes that inherited `mark`, however they were started."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found
