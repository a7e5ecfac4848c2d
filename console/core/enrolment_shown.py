"""How does an enrolment stand, by what `show` says of a resident?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from console.core.enrolments_heard import OPEN
from doorbus import messages as m


def ended(shown: Mapping[str, Any], enrolment: str) -> m.EnrolmentChanged | None:
    """How an enrolment ended, by the data of `show`; None where it is open, or not the newest.

    Args:
        shown: of the resident.
        enrolment: which.
    """
    one = shown.get("enrolment") or {}
    if one.get("enrolment") != enrolment:
        return None
    state = m.EnrolmentState(one["state"])
    if state in OPEN:
        return None
    return as_told(shown)


def as_told(shown: Mapping[str, Any]) -> m.EnrolmentChanged | None:
    """The newest enrolment in the data of `show`, as an event would tell it; None without one."""
    one = shown.get("enrolment")
    if not one:
        return None
    state = m.EnrolmentState(one["state"])
    trained = state is m.EnrolmentState.TRAINED
    lookalikes: Sequence[str] = shown.get("lookalikes") or ()
    return m.EnrolmentChanged(
        enrolment=one["enrolment"],
        resident=shown["resident"],
        door=one.get("door") or None,
        state=state,
        stored=one["stored"],
        count=one["count"],
        templates=shown.get("templates", 0) if trained else 0,
        reason=one.get("reason") or "",
        lookalikes=tuple(lookalikes) if trained else (),
    )


def is_news(told: m.EnrolmentChanged, heard: m.EnrolmentChanged | None) -> bool:
    """Whether what was looked up says more than what was heard.

    While an answer was under way something newer may have been told: what is over does not begin
    anew, and frames do not become fewer.

    Args:
        told: by `show`.
        heard: of the same enrolment; None where nothing was.
    """
    if heard is None:
        return True
    if told.state in OPEN and heard.state in OPEN:
        return told.stored > heard.stored or told.state is not m.EnrolmentState.CAPTURING
    return told.state not in OPEN and told.state is not heard.state
