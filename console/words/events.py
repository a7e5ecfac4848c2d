"""How is something that happened at a door, or at the site, said in one line?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from console.core.door_view import Came, Report, Told
from console.words import _, ngettext, span, word
from console.words.marked import N_
from console.words.orders import against
from doorbus import messages as m
from doorbus.messages import EventKind as Kind

ALARMING: Final = frozenset(
    {
        Kind.LOCK_FAULT,
        Kind.FORCED_OPEN,
        Kind.TAMPER,
        Kind.FIRE,
        Kind.DURESS,
        Kind.CAMERA_LOST,
        Kind.CAMERA_FROZEN,
    }
)
_NOTABLE: Final = frozenset(
    {
        Kind.HELD_OPEN,
        Kind.SPOOF,
        Kind.PAUSED,
        Kind.DENIED,
        Kind.AWAY_DENIED,
        Kind.NO_BLINK,
        Kind.NO_ANSWER,
        Kind.PASS_REFUSED,
        Kind.CODE_REFUSED,
        Kind.ENROLMENT_FAILED,
        Kind.CLOCK_UNSURE,
        Kind.REFUSED_MESSAGE,
    }
)
_LET_IN: Final = frozenset({Kind.GRANTED, Kind.PASS, Kind.CODE, Kind.AWAY_GRANTED})

_ORDERED: Final[Mapping[str, str]] = {
    "unlock": N_("Opened from afar"),
    "lockdown": N_("Locked down by order"),
    "evacuate": N_("Held open for an evacuation, by order"),
    "release": N_("Released by order"),
}
_NOT_ORDERED: Final[Mapping[str, str]] = {
    "unlock": N_("Did not open from afar: %(why)s"),
    "lockdown": N_("Did not lock down: %(why)s"),
    "evacuate": N_("Did not open for an evacuation: %(why)s"),
    "release": N_("Was not released: %(why)s"),
}
_ORDER: Final = re.compile(r"(refused )?([a-z]+) o-[0-9a-f]+(?: ([a-z -]+))?")

_IN_DETAIL: Final[Mapping[Kind, str]] = {
    Kind.SPOOF: "LifeSign",
    Kind.NO_BLINK: "TaskName",
    Kind.PASS_REFUSED: "PassRefusal",
}
"""Of which enum a code in the door's own words is, where there is one."""


def told(one: Told) -> str:
    """What a door told."""
    if one.kind is Kind.ORDER:
        found = _ORDER.fullmatch(one.detail)
        if found is not None and found[2] in _ORDERED:
            return _order(bool(found[1]), found[2], found[3] or "")
    said = word(one.kind)
    code = _IN_DETAIL.get(one.kind)
    known = code is not None and re.fullmatch(r"[a-z_]{1,40}", one.detail)
    if code is not None and known:
        return _("%(what)s: %(why)s", what=said, why=word(code, one.detail))
    if one.kind is Kind.AWAY_DENIED and one.detail:
        reason = one.detail.split()[0]
        return _("%(what)s: %(why)s", what=said, why=word("Reason", reason))
    if one.kind in {Kind.WOULD_OPEN, Kind.LOCK_FAULT} and one.detail:
        return _("%(what)s: %(why)s", what=said, why=one.detail)
    return said


def came(one: Came, *, names: bool) -> str:
    """Somebody who was judged; by name only where the reader may have it."""
    name = one.name if names and one.name else ""
    if one.decision is m.Decision.GRANT:
        text = _("%(name)s came in", name=name) if name else _("Somebody known came in")
    elif name:
        text = _("%(name)s was refused: %(why)s", name=name, why=word(one.reason))
    else:
        text = _("Somebody was refused: %(why)s", why=word(one.reason))
    return _("%(what)s (decided by the door itself)", what=text) if one.away else text


def reported(one: Report) -> str:
    """What the brain calls somebody for."""
    match one:
        case m.Alarm(what=m.AlarmKind.DURESS):
            return _("Somebody was forced to open. The door shows nothing of it.")
        case m.Alarm():
            return _("Many wrong codes were tried.")
        case m.ManyRefusals():
            return ngettext(
                "%(num)s refusal in %(span)s at %(doors)s.",
                "%(num)s refusals in %(span)s at %(doors)s.",
                one.refusals,
                span=span(one.window_s),
                doors=", ".join(one.doors),
            )
        case m.PassbackBroken():
            return _(
                "Somebody came in again without having gone out: area %(area)s.", area=one.area
            )
        case m.MessageRefused():
            return ngettext(
                "%(num)s message on %(topic)s moved nothing: %(why)s",
                "%(num)s messages on %(topic)s moved nothing: %(why)s",
                one.count,
                topic=one.topic,
                why=one.reason,
            )


def any_of(one: Told | Came | Report, *, names: bool) -> str:
    """Whatever happened."""
    match one:
        case Told():
            return told(one)
        case Came():
            return came(one, names=names)
        case _:
            return reported(one)


def tone(one: Told | Came | Report) -> str:
    """How it stands out: `bad`, `warn`, `good`, or not at all (`plain`)."""
    match one:
        case Came():
            return "good" if one.decision is m.Decision.GRANT else "warn"
        case Told():
            if one.kind in ALARMING:
                return "bad"
            not_obeyed = one.kind is Kind.ORDER and one.detail.startswith("refused ")
            if one.kind in _NOTABLE or not_obeyed:
                return "warn"
            return "good" if one.kind in _LET_IN else "plain"
        case m.MessageRefused():
            return "warn"
        case _:
            return "bad"


def _order(refused: bool, action: str, why: str) -> str:
    if not refused:
        return _(_ORDERED[action])
    return _(_NOT_ORDERED[action], why=against(why))
