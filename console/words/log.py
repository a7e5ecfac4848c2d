"""What is each deed of the audit called, and what was it about?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from babel.dates import format_skeleton
from markupsafe import Markup

from console.words import (
    _,
    clock,
    codes_brain,
    current,
    explained,
    moment,
    times,
    word,
)
from console.words.marked import N_
from doorbus.messages import Reason

WHAT: Final[Mapping[str, Mapping[str, str]]] = {
    N_("Visits"): {
        "grant": N_("Let in"),
        "deny": N_("Refused"),
        "away_granted": N_("Let in while the brain was away"),
        "away_denied": N_("Refused while the brain was away"),
        "code": N_("Let in by a code while the brain was away"),
        "pass_used": N_("Let in by a pass"),
        "pass_refused": N_("Pass refused"),
        "life": N_("What a door saw of life"),
        "duress": N_("Forced to open"),
        "passback_broken": N_("In again without having gone out"),
        "wrong_codes": N_("Many wrong codes"),
        "many_refusals": N_("Refused again and again"),
    },
    N_("Doors from afar"): {
        "unlock": N_("Opened from afar"),
        "lockdown": N_("Locked down"),
        "evacuate": N_("Held open for an evacuation"),
        "release": N_("Released"),
        "snapshot": N_("Picture taken"),
        "unlock_asked": N_("Opening from afar asked for"),
        "lockdown_asked": N_("Lock-down asked for"),
        "evacuate_asked": N_("Evacuation asked for"),
        "release_asked": N_("Release asked for"),
        "unlock_lapsed": N_("Opening from afar given up"),
        "lockdown_lapsed": N_("Lock-down given up"),
        "evacuate_lapsed": N_("Evacuation given up"),
        "release_lapsed": N_("Release given up"),
    },
    N_("People"): {
        "add": N_("Person added"),
        "rename": N_("Name or card changed"),
        "disable": N_("Let in nowhere from now on"),
        "enable": N_("Let in again"),
        "remove": N_("Person removed"),
        "forgotten": N_("Forgotten by a door"),
        "export": N_("All that is kept of a person handed out"),
        "enroll": N_("Enrolment begun"),
        "reenroll": N_("New pictures begun"),
        "trained": N_("Enrolled"),
        "enrolment_refused": N_("Enrolment refused"),
        "cancel": N_("Enrolment cancelled"),
        "undo": N_("Taken back"),
        "renewed": N_("Learnt from a visit"),
        "pin": N_("PIN set"),
        "unpin": N_("PIN taken away"),
        "passback_reset": N_("Whereabouts forgotten"),
    },
    N_("Rules and passes"): {
        "group": N_("Group changed"),
        "ungroup": N_("Group deleted"),
        "doors": N_("Group of doors changed"),
        "undoors": N_("Group of doors deleted"),
        "schedule": N_("Hours set"),
        "unschedule": N_("Hours deleted"),
        "holiday": N_("Holiday set"),
        "unholiday": N_("Holiday deleted"),
        "permit": N_("Permitted"),
        "forbid": N_("Forbidden"),
        "unrule": N_("Rule deleted"),
        "passback": N_("Area watched"),
        "unpassback": N_("Area watched no more"),
        "pass": N_("Pass made"),
        "unpass": N_("Pass taken back"),
    },
    N_("Accounts"): {
        **codes_brain.WORDS["Noteworthy"],
        "note": N_("Note of a console refused"),
    },
    N_("The brain itself"): {
        "limited": N_("Asked too often"),
        "encoder_changed": N_("Another encoder answers"),
        "frames_deleted": N_("Pictures deleted, kept long enough"),
        "events_deleted": N_("Doors' events deleted, kept long enough"),
        "restored": N_("Restored from a backup"),
    },
}
"""Each deed that the audit knows, by what it belongs to."""

_WORDS: Final[Mapping[str, str]] = {
    code: text for codes in WHAT.values() for code, text in codes.items()
}

REASONS: Final = tuple(
    reason.value for reason in Reason if reason not in {Reason.MATCH, Reason.BRAIN_ERROR}
)
"""Why somebody is refused."""

LET_IN: Final = frozenset({"grant", "away_granted", "code", "pass_used"})
REFUSED: Final = frozenset({"deny", "away_denied", "pass_refused", "sign_in_refused"})
_ALARMING: Final = frozenset({"duress", "many_refusals", "wrong_codes"})
_JUDGED: Final = frozenset({"grant", "deny", "away_granted", "away_denied", "code"})
_CODE: Final = re.compile(r"[a-z_]{1,40}")
_REFUSAL: Final = re.compile(r"refused: (?P<code>[a-z_]+)")


def what(code: str) -> str:
    """What a deed is called; one that is not known is said as it stands."""
    known = _WORDS.get(code)
    return code.replace("_", " ") if known is None else _(known)


def reason(entry: Mapping[str, Any]) -> str:
    """Why, or with which words of whoever did it."""
    text: str = entry["reason"]
    refusal = _REFUSAL.fullmatch(text)
    if refusal is not None:
        return _("not done: %(why)s", why=word("ErrorCode", refusal["code"]))
    code, _blank, rest = text.partition(" ")
    if entry["what"] in _JUDGED and _CODE.fullmatch(code):
        said = word("Reason", code)
        return _("%(why)s (by a code)", why=said) if rest == "code" else said
    if entry["what"] == "pass_refused" and _CODE.fullmatch(code):
        return word("PassRefusal", code)
    return text


def meaning(entry: Mapping[str, Any]) -> str:
    """What a reason means, in a sentence; empty where its word says it all."""
    code = str(entry["reason"]).partition(" ")[0]
    if entry["what"] in _JUDGED and code != Reason.MATCH:
        return explained("Reason", code)
    return explained("PassRefusal", code) if entry["what"] == "pass_refused" else ""


def date_at(at: float) -> str:
    """The day of a moment at the site, such as `2026-01-05`."""
    return _local(at).date().isoformat()


def time_of_day(at: float) -> Markup:
    """A moment as a `<time>` that says the time of day, below a heading with the day."""
    stamp = _local(at).isoformat(timespec="seconds")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(stamp, moment(at), clock(at))


def _local(at: float) -> datetime:
    return datetime.fromtimestamp(at, times.zone(current().zone))


def short_day(date: str) -> str:
    """A day without its year, such as `5 Jan`, for the foot of a chart."""
    locale = times.LOCALES[current().language]
    return format_skeleton("MMMd", datetime.fromisoformat(date), locale=locale)


def tone(code: str) -> str:
    """How a deed stands out: `good`, `warn`, `bad` or `plain`."""
    if code in _ALARMING:
        return "bad"
    if code in LET_IN:
        return "good"
    return "warn" if code in REFUSED else "plain"
