"""What is said about orders: before they are given, of what became of them, and why not?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from console.core.order_progress import Progress
from console.errors import BrainAway, NotDone
from console.words import _, ngettext
from console.words.marked import N_
from doorbus.messages import ErrorCode, OrderAction

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
        if not why.sent:
            return _(
                "The brain cannot be reached, so nothing was sent just now. What you typed is "
                "kept: send it again in a moment."
            )
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
