"""What is said about how a door is, and about orders that it did not carry out?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from console.core.order_progress import Progress
from console.core.worries import Found, Weight, Worry
from console.errors import BrainAway, NotDone
from console.words import _, ngettext
from console.words.marked import N_
from doorbus.messages import ContactReport, ErrorCode, LockReport, OrderAction

WORRIES: Final[Mapping[Worry, str]] = {
    Worry.FIRE: N_("Fire alarm"),
    Worry.FORCED: N_("Forced open"),
    Worry.EVACUATION: N_("Evacuation: held open"),
    Worry.TAMPERED: N_("Housing is open"),
    Worry.FAULT: N_("Lock fault"),
    Worry.OFFLINE: N_("Not connected"),
    Worry.STOPPED: N_("Switched off"),
    Worry.LOCKDOWN: N_("Lock-down"),
    Worry.CAMERA_LOST: N_("Camera gives no picture"),
    Worry.CAMERA_FROZEN: N_("Camera is frozen"),
    Worry.HELD: N_("Held open"),
    Worry.SILENT: N_("Says nothing of its health"),
    Worry.CERTIFICATE_ENDED: N_("Certificate has ended"),
    Worry.WAS_FORCED: N_("Was forced open"),
    Worry.WAS_TAMPERED: N_("Housing was open"),
    Worry.PAUSED: N_("Pauses after many refusals"),
    Worry.NO_BRAIN: N_("Does without the brain"),
    Worry.CLOCK: N_("Clock is not set"),
    Worry.EVENTS_LOST: N_("Events were lost"),
    Worry.BACKLOG: N_("Many events wait"),
    Worry.HOT: N_("Too hot"),
    Worry.CERTIFICATE_ENDS: N_("Certificate ends soon"),
    Worry.LACKS: N_("Degraded"),
    Worry.SHADOW: N_("Shadow mode"),
    Worry.OFFICE: N_("Office hours: stands open"),
    Worry.UNHEARD: N_("Nothing heard yet"),
}

ADVICE: Final[Mapping[Worry, str]] = {
    Worry.FIRE: N_("The fire alarm has released the lock. Lock-down waits until it is over."),
    Worry.FORCED: N_("The door opened though nothing had unlocked it. Go there."),
    Worry.EVACUATION: N_("It stays open for everybody until it is released."),
    Worry.TAMPERED: N_("Somebody opens the housing, or its wire is cut. Go there."),
    Worry.FAULT: N_("The lock does not do what it should. Look at it."),
    Worry.OFFLINE: N_("Look at its power and its network. What is shown is what it said last."),
    Worry.STOPPED: N_("It was stopped in order. What is shown is what it said last."),
    Worry.LOCKDOWN: N_("Nobody gets in until it is released."),
    Worry.CAMERA_LOST: N_("It sees nobody. Look at the camera and its cable."),
    Worry.CAMERA_FROZEN: N_("The same picture comes again and again. Look at the camera."),
    Worry.HELD: N_("It has stood open for too long. Shut it."),
    Worry.SILENT: N_("It is connected, but has not said for a while how it is."),
    Worry.CERTIFICATE_ENDED: N_("The broker will not let it in again. Renew its certificate."),
    Worry.WAS_FORCED: N_("It is shut again. Look at who was there."),
    Worry.WAS_TAMPERED: N_("It is shut again. Look at whether anything was changed."),
    Worry.PAUSED: N_("It takes nobody for some minutes."),
    Worry.NO_BRAIN: N_("It decides by itself, or not at all, until the brain is back."),
    Worry.CLOCK: N_("Passes and schedules count for nothing there until it is."),
    Worry.EVENTS_LOST: N_("It had no room left and dropped some."),
    Worry.BACKLOG: N_("The brain has not confirmed them."),
    Worry.HOT: N_("It slows down. Give it air."),
    Worry.CERTIFICATE_ENDS: N_("Renew it before the door can connect no more."),
    Worry.SHADOW: N_("It decides and tells, and does not move its lock."),
    Worry.OFFICE: N_("Everybody can come in; that is how it is set."),
    Worry.UNHEARD: N_("It was never connected while this page's server ran."),
}

LACKS: Final[Mapping[str, str]] = {
    "camera": N_("no camera"),
    "no_texture_networks": N_("no texture networks"),
    "no_cache": N_("no cache for when the brain is away"),
    "no_clock": N_("no clock for when the brain is away"),
}

WEIGHTS: Final[Mapping[Weight, str]] = {
    Weight.CALM: N_("All is well"),
    Weight.NOTE: N_("To know"),
    Weight.WARNING: N_("Look at it"),
    Weight.URGENT: N_("Somebody is needed"),
}

REFUSALS: Final[Mapping[ErrorCode, str]] = {
    ErrorCode.DOOR_SILENT: N_(
        "No answer from %(door)s, so nothing was done. Look at its power and its network, then try "
        "again."
    ),
    ErrorCode.OUTCOME_UNKNOWN: N_(
        "The order went out to %(door)s, and nobody knows what became of it. Look at the door; if "
        "it did nothing, send the order again."
    ),
    ErrorCode.DOOR_REFUSED: N_("It was refused by %(door)s. Look at what the door told."),
    ErrorCode.UNKNOWN_DOOR: N_("The brain does not know %(door)s."),
    ErrorCode.UNKNOWN_GROUP: N_("The brain does not know %(door)s any more."),
    ErrorCode.NOT_ALLOWED: N_("Your account may not do this."),
    ErrorCode.BRAIN_ERROR: N_("The brain could not do it. Try again; its own log says why."),
    ErrorCode.TRANSACTION_REUSED: N_("This form was sent before. Send it once more."),
}

STANDS_AGAINST: Final[Mapping[str, str]] = {
    "lock-down": N_(
        "Not opened: a lock-down keeps %(door)s shut. An administrator has to release it first."
    ),
    "evacuation": N_("Not done: an evacuation holds %(door)s open. Release it first."),
    "fire release": N_("Not done: the fire alarm holds %(door)s open."),
}
"""What a door said stands against an order, in the contract's own words."""

ORDERS: Final[Mapping[OrderAction, str]] = {
    OrderAction.UNLOCK: N_("Open"),
    OrderAction.LOCKDOWN: N_("Lock down"),
    OrderAction.EVACUATE: N_("Evacuate"),
    OrderAction.RELEASE: N_("Release"),
}
ORDERS_MEAN: Final[Mapping[OrderAction, str]] = {
    OrderAction.UNLOCK: N_("Opens once, for some seconds."),
    OrderAction.LOCKDOWN: N_(
        "Stays shut for everybody, residents too, until somebody releases it. The fire alarm still "
        "opens it."
    ),
    OrderAction.EVACUATE: N_(
        "Stands open for everybody, strangers too, until somebody releases it."
    ),
    OrderAction.RELEASE: N_("Ends lock-down and evacuation: the door works as usual again."),
}
AGAINST: Final[Mapping[str, str]] = {
    "lock-down": N_("it is in lock-down"),
    "evacuation": N_("an evacuation holds it open"),
    "fire release": N_("the fire alarm holds it open"),
}
PROGRESS: Final[Mapping[Progress, str]] = {
    Progress.DONE: N_("Done: the door said so"),
    Progress.DONE_SINCE: N_("Done since"),
    Progress.REFUSED: N_("Refused"),
    Progress.WAITING: N_("Waiting: it has not answered"),
}

_REFUSED: Final = re.compile(r"refused the order \(([a-z -]{1,40})\)")


def worry(found: Found) -> str:
    """What there is to know, in a few words."""
    if found.worry is Worry.LACKS:
        known = LACKS.get(found.lacks)
        what = found.lacks.replace("_", " ") if known is None else _(known)
        return _("Degraded: %(what)s", what=what)
    return _(WORRIES[found.worry])


def advice(found: Found) -> str:
    """What it means, or what to do, in a sentence; empty where the few words say it all."""
    return _(ADVICE[found.worry]) if found.worry in ADVICE else ""


def weight(how_much: Weight) -> str:
    """How much a door matters, in a few words."""
    return _(WEIGHTS[how_much])


def lock(reported: LockReport | None) -> str:
    """How the lock is, in a word."""
    match reported:
        case LockReport.LOCKED:
            return _("Locked")
        case LockReport.UNLOCKED:
            return _("Unlocked")
        case _:
            return _("The lock has not said how it is")


def contact(reported: ContactReport) -> str:
    """How the leaf is, in a word."""
    return _("Stands open") if reported is ContactReport.ON else _("Shut")


def counted(how_much: Weight, count: int) -> str:
    """How many doors matter so much."""
    match how_much:
        case Weight.URGENT:
            return ngettext("%(num)s needs somebody", "%(num)s need somebody", count)
        case Weight.WARNING:
            return ngettext("%(num)s to look at", "%(num)s to look at", count)
        case Weight.NOTE:
            return ngettext("%(num)s with a note", "%(num)s with a note", count)
        case Weight.CALM:
            return ngettext("%(num)s is well", "%(num)s are well", count)


def against(why: str) -> str:
    """What a door said stands against an order, in a few words."""
    return _(AGAINST[why]) if why in AGAINST else why


def order_asked(action: OrderAction, whom: str) -> str:
    """The question before an order."""
    match action:
        case OrderAction.LOCKDOWN:
            return _("Lock down %(doors)s?", doors=whom)
        case OrderAction.EVACUATE:
            return _("Hold %(doors)s open for an evacuation?", doors=whom)
        case _:
            return _("Release %(doors)s?", doors=whom)


def order_button(action: OrderAction, count: int) -> str:
    """What the button says that gives the order."""
    match action:
        case OrderAction.LOCKDOWN:
            return ngettext("Lock down %(num)s door", "Lock down %(num)s doors", count)
        case OrderAction.EVACUATE:
            return ngettext("Open %(num)s door to all", "Open %(num)s doors to all", count)
        case _:
            return ngettext("Release %(num)s door", "Release %(num)s doors", count)


def order_given(action: OrderAction, whom: str) -> str:
    """What was ordered."""
    match action:
        case OrderAction.LOCKDOWN:
            return _("Lock-down of %(doors)s", doors=whom)
        case OrderAction.EVACUATE:
            return _("Evacuation by %(doors)s", doors=whom)
        case _:
            return _("Release of %(doors)s", doors=whom)


def order(action: OrderAction) -> str:
    """What an order is called."""
    return _(ORDERS[action])


def order_means(action: OrderAction) -> str:
    """What an order does, in a sentence."""
    return _(ORDERS_MEAN[action])


def target(kind: str, name: str) -> str:
    """Which doors are meant.

    Args:
        kind: `all`, `group` or `door`.
        name: of the group or the door.
    """
    match kind:
        case "all":
            return _("all doors")
        case "group":
            return _("the group %(name)s", name=name)
        case _:
            return _("door %(name)s", name=name)


def progress(how: Progress) -> str:
    """What became of an order at one door."""
    return _(PROGRESS[how])


def not_done(why: NotDone, door: str) -> str:
    """Why an order was not carried out, and what to do.

    Args:
        why: what the brain answered, or that it did not.
        door: which door or doors, as `target` says it.
    """
    if isinstance(why, BrainAway):
        return _(
            "No answer came, so nobody knows whether it was done. What you typed is kept: "
            "send it again as it is, and it is done once."
        )
    if why.code is ErrorCode.DOOR_REFUSED:
        said = _REFUSED.search(str(why))
        if said is not None and said.group(1) in STANDS_AGAINST:
            return _(STANDS_AGAINST[said.group(1)], door=door)
    text = None if why.code is None else REFUSALS.get(why.code)
    return str(why) if text is None else _(text, door=door)
