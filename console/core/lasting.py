"""What lasts at a door since it told so? An event says that it began, another one that it ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from doorbus.messages import EventKind

OLDEST_S: Final = 7 * 86400.0
NEWEST_S: Final = 60.0
"""A door's clock is believed when what it told is at most so much older or younger than now."""

LONGEST_PAUSE_S: Final = 300.0
"""A door that was tried too often waits at most five minutes (its own rule)."""

_ENDING: Final = {
    EventKind.TAMPER_OVER: "tampered",
    EventKind.FIRE_OVER: "fire",
}
_BEGINNING: Final = {
    EventKind.FORCED_OPEN: "forced",
    EventKind.HELD_OPEN: "held",
    EventKind.TAMPER: "tampered",
    EventKind.FIRE: "fire",
    EventKind.LOCK_FAULT: "fault",
}


@dataclass(frozen=True, slots=True)
class Lasting:
    """Since when, seconds since 1970; None for what does not last.

    Attributes:
        forced: the door stands open, and nothing had unlocked it.
        was_forced: it did, and was shut again, or started anew, since.
        held: it stands open for too long.
        tampered: the housing is open.
        was_tampered: it was.
        fire: the fire alarm has released it.
        fault: the lock does not do what it should; until the door starts anew.
        paused_until: it takes nobody until then; too many were refused in a row.
    """

    forced: float | None = None
    was_forced: float | None = None
    held: float | None = None
    tampered: float | None = None
    was_tampered: float | None = None
    fire: float | None = None
    fault: float | None = None
    paused_until: float | None = None


NOTHING: Final = Lasting()


def after(lasting: Lasting, kind: EventKind, at: float, now: float, detail: str = "") -> Lasting:
    """What lasts after one more event.

    Args:
        lasting: before it.
        kind: of the event.
        at: when it happened, by the door's clock, seconds since 1970.
        now: by the console's clock.
        detail: the door's own words.
    """
    at = believed(at, now)
    match kind:
        case EventKind.CLOSED_AGAIN:
            after_it = _ended(_ended(lasting, "forced"), "held")
        case EventKind.STARTED:
            # What it still feels it tells anew; what it did is not undone by that.
            done = _ended(_ended(lasting, "forced"), "tampered")
            after_it = Lasting(was_forced=done.was_forced, was_tampered=done.was_tampered)
        case EventKind.PAUSED:
            after_it = replace(lasting, paused_until=at + _seconds(detail))
        case EventKind.GRANTED | EventKind.PASS | EventKind.CODE:
            after_it = replace(lasting, paused_until=None)
        case _ if kind in _BEGINNING:
            after_it = _begun(lasting, _BEGINNING[kind], at)
        case _ if kind in _ENDING:
            after_it = _ended(lasting, _ENDING[kind])
        case _:
            after_it = lasting
    return after_it


def of(told: Iterable[tuple[EventKind, float, str]], now: float) -> Lasting:
    """What lasts after events, the oldest first: each a kind, when, and the door's own words."""
    lasting = NOTHING
    for kind, at, detail in told:
        lasting = after(lasting, kind, at, now, detail)
    return lasting


def believed(at: float, now: float) -> float:
    """When something happened: as the door says, unless its clock cannot be right."""
    return at if now - OLDEST_S <= at <= now + NEWEST_S else now


def _begun(lasting: Lasting, name: str, at: float) -> Lasting:
    # Told again, it still began when it began.
    return lasting if getattr(lasting, name) is not None else replace(lasting, **{name: at})


def _ended(lasting: Lasting, name: str) -> Lasting:
    began = getattr(lasting, name)
    if began is None:
        return lasting
    ended: dict[str, float | None] = {name: None}
    if name in {"forced", "tampered"}:
        ended[f"was_{name}"] = began
    return replace(lasting, **ended)


def _seconds(detail: str) -> float:
    """How long a pause lasts, as `paused` says it: `30 s` or `codes 30 s`."""
    words = detail.split()
    if len(words) >= 2 and words[-1] == "s":
        try:
            return min(LONGEST_PAUSE_S, max(0.0, float(words[-2])))
        except ValueError:
            pass
    return LONGEST_PAUSE_S
