"""Is this machine's clock right? Certificates begin and end by it."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from doorctl.doctor.finding import Finding
from doorctl.register import ROLES, Register
from doorctl.site import Site

_UNSYNCHRONISED = 0x0040
"""STA_UNSYNC of <sys/timex.h>."""

_TOLERANCE = timedelta(minutes=5)


class _Timex(ctypes.Structure):
    """`struct timex` of adjtimex(2) as far as the status, and room for the rest."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def synchronised() -> bool | None:
    """Whether the kernel's clock follows a time server; None where the kernel does not say."""
    state = _Timex()
    try:
        answer = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(state))
    except (OSError, AttributeError):
        return None
    return None if answer < 0 else not state.status & _UNSYNCHRONISED


def look(
    site: Site, follows: Callable[[], bool | None], now: datetime | None = None
) -> Iterator[Finding]:
    """Look at the clock: whether it follows a time server, and whether it went back."""
    match follows():
        case True:
            yield Finding("clock", "follows a time server")
        case False:
            yield Finding(
                "clock",
                "follows no time server",
                "install one (apt-get install systemd-timesyncd) and see `timedatectl`",
            )
        case None:
            yield Finding("clock", f"{os.uname().sysname} does not say whether it is set")
    register, present = Register(site.authorities), now or datetime.now(UTC)
    # A certificate is dated back by a day when it is made.
    made = [
        one.not_valid_before_utc + timedelta(days=1)
        for role in ROLES
        for one in register.issued(role)
    ]
    newest = max(made, default=present)
    if newest > present + _TOLERANCE:
        yield Finding(
            "clock",
            f"a certificate was made at {newest:%Y-%m-%d %H:%M} UTC, and now it is "
            f"{present:%Y-%m-%d %H:%M} UTC",
            "set the clock; if it was wrong when the certificate was made, `doorctl renew` it",
        )
