"""Which words may stand as `what` in the audit?"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any, Final, get_args

from doorbus import messages as m


def _operations(union: Any) -> Iterator[str]:
    """The name of each operation of which the audit can tell."""
    for part in get_args(union):
        if isinstance(part, type) and issubclass(part, m.Change | m.ExportResident):
            yield from get_args(part.model_fields["op"].annotation)
        else:
            yield from _operations(part)


OPERATIONS: Final = frozenset(_operations(m.Request))
"""What administrators do."""

_ORDERS: Final = frozenset(one.value for one in m.OrderAction)
_ASKED: Final = frozenset(f"{one}_asked" for one in _ORDERS)
_LAPSED: Final = frozenset(f"{one}_lapsed" for one in _ORDERS)
_AT_DOORS: Final = frozenset(
    {
        *(one.value for one in m.Decision),
        m.EventKind.AWAY_GRANTED.value,
        m.EventKind.AWAY_DENIED.value,
        m.EventKind.CODE.value,
        m.EventKind.PASS_REFUSED.value,
        "pass_used",
        "passback_broken",
        "life",
        "duress",
        "forgotten",
    }
)
_AT_CONSOLES: Final = frozenset(one.value for one in m.Noteworthy)
_OF_THE_BRAIN: Final = frozenset(
    {
        "wrong_codes",
        "many_refusals",
        "limited",
        "trained",
        "enrolment_refused",
        "renewed",
        "encoder_changed",
        "frames_deleted",
        "events_deleted",
        "restored",
    }
)

WORDS: Final = OPERATIONS | _ORDERS | _ASKED | _LAPSED | _AT_DOORS | _AT_CONSOLES | _OF_THE_BRAIN
"""All of them, as this release writes them; an earlier one may have written others."""


def advice(word: str) -> str | None:
    """What to tell somebody who looked for `word` and found nothing; None where it is known."""
    if word in WORDS:
        return None
    near = difflib.get_close_matches(word, sorted(WORDS), n=3)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    return f"the audit knows no {word}; {meant}It knows: {', '.join(sorted(WORDS))}"
