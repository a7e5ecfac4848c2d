"""What happens in the building on this day?

Monday, 1 March 2027, and the beginning of the Tuesday after it, a holiday. Five doors: `front` with
a camera that reads visitors' passes, `back` with a keypad and with wires for contact, exit button,
tamper and fire, `lab` with a reader for the second factor, `garage-in` and `garage-out`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from doorbus.messages import ErrorCode, EventKind, PassRefusal, Reason
from story.building import ADMIN
from story.directions import STRANGER, Directions, Visit
from story.people import Person

ZONE: Final = ZoneInfo("Europe/Berlin")
BEGINS: Final = datetime(2027, 3, 1, 5, 0, tzinfo=ZONE)
ALL: Final = ("back", "front", "garage-in", "garage-out", "lab")
WIRE: Final = {"kind": "simulated", "source": "wires.yaml"}
READER: Final = {"kind": "simulated", "source": "reader"}

DOORS: Final[Mapping[str, Mapping[str, Any]]] = {
    "front": {"passes": {"kind": "camera", "every_s": 0.1}},
    "back": {
        "reader": READER,
        "codes": {"alone": True},
        "contact": {**WIRE, "held_open_s": 30},
        "exit": WIRE,
        "tamper": WIRE,
        "fire": WIRE,
    },
    "lab": {"reader": READER, "second": {"kind": "card", "wait_s": 5}},
    "garage-in": {},
    "garage-out": {},
}
BRAIN: Final[Mapping[str, Any]] = {
    "timezone": "Europe/Berlin",
    "access": {"default": "nobody"},
    "doors": {"back": {"codes": True}, "lab": {"second": "card"}},
    "limits": {"enrolment": {"burst": 200, "every_s": 1}, "unlock": {"burst": 3, "every_s": 600}},
}

LAB_PEOPLE: Final = (1, 2, 3)
CLEANER, BARRED, LATER, NO_GROUP, GONE = 5, 6, 7, 8, 9
PIN, DURESS, WRONG = "271828", "828172", "999999"


def play(story: Directions, residents: int, *, restart: bool = True) -> None:
    """Play it all. Raises `StoryBroken` where it comes out otherwise.

    Args:
        story: does and writes down.
        residents: how many people live there, at least 10.
        restart: whether the brain is started anew in the middle, which takes its time.
    """
    everybody = range(1, residents + 1)
    staff = [one for one in everybody if one not in {CLEANER, NO_GROUP, LATER}]
    _moving_in(story, everybody, staff)
    _morning(story, staff)
    _forenoon(story)
    _codes_and_passes(story)
    _wires(story)
    _afternoon(story)
    if restart:
        _restart(story)
    _emergencies(story)
    _evening(story)
    _holiday(story)


def _batches(numbers: Sequence[int], size: int) -> list[Sequence[int]]:
    return [numbers[start : start + size] for start in range(0, len(numbers), size)]


# --- before the day ------------------------------------------------------------------------------


def _moving_in(story: Directions, everybody: Sequence[int], staff: Sequence[int]) -> None:
    with story.chapter(f"{len(everybody)} residents are enrolled at five doors", together=True):
        for batch in _batches(everybody, len(ALL)):
            story.enrols(dict(zip(ALL, batch, strict=False)))
    with story.chapter("groups, doors, schedules, a holiday and rules"):
        _group(story, "staff", staff)
        _group(story, "lab-people", LAB_PEOPLE)
        _group(story, "cleaners", [CLEANER])
        _asks(story, "doors", group="entrances", doors=["front", "back"], reason="entrances")
        _asks(story, "doors", group="garage", doors=["garage-in", "garage-out"], reason="garage")
        working = ["mon", "tue", "wed", "thu", "fri"]
        _schedule(story, "office-hours", [{"days": working, "start": "07:00", "end": "19:00"}])
        _schedule(
            story,
            "cleaning",
            [{"days": [*working, "holiday"], "start": "18:00", "end": "02:00", "next_day": True}],
        )
        _asks(story, "holiday", date="2027-03-02", name="Founders' day", reason="2027-03-02")
        _permit(story, 1, group="staff", doors="entrances", schedule="office-hours")
        _permit(story, 2, group="cleaners", doors="entrances", schedule="cleaning")
        _permit(story, 3, group="lab-people", door="lab", schedule="office-hours")
        _permit(story, 4, group="staff", door="lab", after="lab-people")
        _permit(story, 5, everybody=True, doors="garage")
        _permit(story, 6, card=LATER, door="front", valid_from="2027-03-02")
        _permit(story, 7, card=BARRED, everywhere=True, op="forbid")
        _asks(
            story,
            "passback",
            name="garage",
            inside=["garage-in"],
            outside=["garage-out"],
            mode="hard",
            reason="garage: hard",
        )
    with story.chapter("a permit that ends before it begins, and one for no door, are refused"):
        story.refused("permit", ErrorCode.UNKNOWN_DOOR, card=Person(1).card, door="attic")
        story.refused("permit", ErrorCode.UNKNOWN_GROUP, group="nobody-at-all", door="front")


def _group(story: Directions, name: str, numbers: Sequence[int]) -> None:
    story.building.ask("group", group=name, add=[Person(one).card for one in numbers])
    alone = numbers[0] if len(numbers) == 1 else None
    story.write(ADMIN, "group", alone, reason=f"{name}: {len(numbers)} joined, 0 left")


def _schedule(story: Directions, name: str, windows: list[dict[str, Any]]) -> None:
    _asks(story, "schedule", schedule=name, windows=windows, reason=name)


def _permit(
    story: Directions, number: int, *, op: str = "permit", card: int | None = None, **fields: Any
) -> None:
    if card is not None:
        fields["card"] = Person(card).card
    data = story.building.ask(op, **fields)
    assert data["rule"] == number  # noqa: S101  # told by `chapter`
    _write_rule(story, op, number, card, fields)


def _write_rule(
    story: Directions, op: str, number: int, card: int | None, fields: Mapping[str, Any]
) -> None:
    story.write(ADMIN, op, card, fields.get("door"), f"rule {number}")


def _asks(story: Directions, op: str, *, reason: str = "", **fields: Any) -> None:
    data = story.building.ask(op, **fields)
    del data
    story.write(ADMIN, op, reason=reason)


# --- the day -------------------------------------------------------------------------------------


def _morning(story: Directions, staff: Sequence[int]) -> None:
    with story.chapter("too early: nobody is let in before seven", (6, 45)):
        story.visit("front", 1, Reason.OUT_OF_HOURS)
    with story.chapter("the morning's rush, at two doors at once", (7, 30), together=True):
        coming = [one for one in staff if one != BARRED]
        for pair in _batches(coming, 2):
            story.at_once(
                *(
                    Visit(door, who, Reason.MATCH)
                    for door, who in zip(("front", "back"), pair, strict=False)
                )
            )
    with story.chapter("a stranger, and somebody who does not blink", (8, 5)):
        story.visit("front", STRANGER, Reason.UNKNOWN)
        story.nobody_let_in("back", 2, EventKind.NO_BLINK)
    with story.chapter("barred, not yet permitted, and permitted nowhere", (8, 20)):
        story.visit("front", BARRED, Reason.FORBIDDEN)
        story.visit("front", LATER, Reason.NOT_VALID_YET)
        story.visit("front", NO_GROUP, Reason.NOT_PERMITTED)


def _forenoon(story: Directions) -> None:
    with story.chapter("the lab opens for staff once one of its people is in", (8, 40)):
        story.visit("lab", 4, Reason.NOBODY_IN_YET, second=Person(4).card)
        story.visit("lab", 1, Reason.WRONG_SECOND_FACTOR, second=Person(2).card)
        story.visit("lab", 1, second=Person(1).card)
        story.visit("lab", 4, second=Person(4).card)
    with story.chapter("the garage: in, in again, out, and in", (9, 0)):
        story.visit("garage-in", 4)
        story.visit("garage-in", 4, Reason.PASSBACK)
        story.visit("garage-out", 4)
        story.visit("garage-in", 4)
    with story.chapter("a card is lost and found", (9, 30)):
        card = Person(10).card
        story.asks("disable", resident=10, card=card)
        story.visit("front", 10, Reason.DISABLED)
        story.asks("enable", resident=10, card=card)
        story.visit("front", 10)


def _codes_and_passes(story: Directions) -> None:
    with story.chapter("a PIN at the back door: right, wrong, and under duress", (10, 0)):
        story.building.ask("pin", card=Person(4).card, pin=PIN, duress=DURESS)
        story.write(ADMIN, "pin", 4, reason="alone, duress")
        story.types("back", PIN, 4, Reason.MATCH)
        story.types("back", WRONG, None, Reason.WRONG_SECOND_FACTOR)
        story.write("door:back", "duress", 4, "back")
        story.types("back", DURESS, 4, Reason.MATCH)
    with story.chapter("a visitor's pass: in once, and not twice", (10, 30)):
        issued = story.building.ask(
            "pass", name="Visitor", door="front", until="2027-03-01T18:00", uses=1
        )
        story.write(ADMIN, "pass", None, "front", issued["pass"])
        story.shows_pass("front", issued["code"], EventKind.PASS, issued["pass"])
        story.building.clock.leap(60)
        used_up = f"{PassRefusal.USED_UP} {issued['pass']}"
        story.shows_pass("front", issued["code"], EventKind.PASS_REFUSED, used_up)


def _wires(story: Directions) -> None:
    with story.chapter("the exit button, a door held and forced open, its housing", (11, 0)):
        story.feels("back", EventKind.EXIT, exit=True)
        story.opens("back", exit=False)
        story.building.clock.leap(31)
        story.tells("back", EventKind.HELD_OPEN)
        story.feels("back", EventKind.CLOSED_AGAIN, contact=False)
        story.building.clock.leap(60)
        story.feels("back", EventKind.FORCED_OPEN, contact=True)
        story.feels("back", EventKind.CLOSED_AGAIN, contact=False)
        story.feels("back", EventKind.TAMPER, tamper=True)
        story.feels("back", EventKind.TAMPER_OVER, tamper=False)


def _afternoon(story: Directions) -> None:
    with story.chapter("a parcel: doors are opened from afar, and not too often", (13, 0)):
        for _ in range(3):
            story.orders("unlock", "front", "parcel")
        story.limited("unlock", door="front", reason="parcel")
    with story.chapter("a picture of the front door, half of it masked", (13, 20)):
        story.takes_picture("front")


def _restart(story: Directions) -> None:
    with story.chapter("the brain is started anew, and nobody notices", (14, 0)):
        story.building.stop_brain()
        story.nobody_let_in("front", 1, EventKind.NO_ANSWER)
        story.building.start_brain()
        story.visit("front", 1)


def _emergencies(story: Directions) -> None:
    with story.chapter("lock-down of the site; the lab's door is away", (14, 30), together=True):
        story.building.doors["lab"].stop()
        story.orders_all("lockdown", "all", ALL, "somebody climbed the fence", away=["lab"])
        story.locked_out("front", 1)
    with story.chapter("the lab's door is back, and hears of the lock-down", (14, 40)):
        mark = story.building.observer.mark()
        story.building.doors["lab"].start()
        story.building.told(mark, "lab", EventKind.ORDER)
        story.write(ADMIN, "lockdown", None, "lab", "somebody climbed the fence")
    with story.chapter("all clear", (15, 0), together=True):
        story.orders_all("release", "all", ALL, "it was the gardener")
    with story.chapter("people go on with their work", (15, 5)):
        story.visit("front", 1)
    with story.chapter("fire alarm at the back door", (15, 30)):
        story.feels("back", EventKind.FIRE, fire=True)
        story.stands_open("back")
        story.feels("back", EventKind.FIRE_OVER, fire=False)
        story.stands_shut("back")
    with story.chapter("evacuation of the entrances", (16, 0), together=True):
        story.orders_all("evacuate", "entrances", ("back", "front"), "fire drill")
        for door in ("back", "front"):
            story.stands_open(door)
    with story.chapter("the drill is over", (16, 15), together=True):
        story.orders_all("release", "entrances", ("back", "front"), "drill over")
        for door in ("back", "front"):
            story.stands_shut(door)


def _evening(story: Directions) -> None:
    with story.chapter("somebody leaves for good; every door forgets them", (17, 0), together=True):
        story.asks("remove", resident=GONE, card=Person(GONE).card)
        story.forgotten(GONE)
    with story.chapter("who is forgotten is a stranger", (17, 10)):
        story.visit("front", GONE, Reason.UNKNOWN)
    with story.chapter("the cleaner comes when the others may not", (19, 30)):
        story.visit("front", CLEANER)
        story.visit("front", 1, Reason.OUT_OF_HOURS)


def _holiday(story: Directions) -> None:
    with story.chapter("after midnight the cleaner's shift goes on", (0, 30), days=1):
        story.visit("front", CLEANER)
    with story.chapter("a holiday: staff stay at home, and the new one may come in", (9, 0)):
        story.visit("front", 1, Reason.OUT_OF_HOURS)
        story.visit("front", LATER)
