"""What is said about how a door is?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from console.core.worries import Found, Weight, Worry
from console.words import _, ngettext
from console.words.marked import N_
from doorbus.messages import ContactReport, LockReport

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

NOTES: Final[Mapping[str, str]] = {
    "encoder painted: it recognises painted plates, not people": N_(
        "It recognises painted plates, not people: it is set up for trying things out."
    ),
    "nobody is enrolled: every visit is refused (no_residents)": N_(
        "Nobody is enrolled yet: every visit is refused."
    ),
}
"""By the brain's own words, as its health tells them."""


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


def brain_note(note: str) -> str:
    """What the brain wants somebody to know; in its own words where there are no others."""
    return " ".join(_(NOTES[one]) if one in NOTES else f"{one}." for one in note.split("; "))
