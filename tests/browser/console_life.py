"""What is there to see on the pages? A site at which something of each kind has happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from console_served import csrf_of
from console_world import ConsoleWorld

from story.people import Person

RESIDENTS: Final = (Person(1), Person(2))
STRANGER: Final = Person(77)
NEVER_ENROLLED: Final = Person(9)


@dataclass(frozen=True, slots=True)
class Life:
    """What happened.

    Attributes:
        visitor_pass: the number of a pass.
        enrolment: the number of an enrolment by photos that waits for them.
        pages: what a page of each kind is found at, by a short name.
    """

    visitor_pass: str
    enrolment: str
    pages: dict[str, str]


def lived(world: ConsoleWorld) -> Life:
    """Have something of each kind happen, and say where it is seen."""
    for one in RESIDENTS:
        world.enrol(one)
    card = RESIDENTS[0].card
    world.ask("group", group="students", add=[one.card for one in RESIDENTS])
    world.ask("doors", group="ground-floor", doors=["front", "back"])
    windows = [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "08:00", "end": "18:30"}]
    world.ask("schedule", schedule="lectures", windows=windows)
    world.ask("holiday", date="2026-12-25", name="Christmas")
    world.ask("permit", group="students", doors="ground-floor", schedule="lectures")
    world.ask("forbid", card=RESIDENTS[1].card, door="back", valid_until="2030-12-31")
    world.ask("passback", name="vault", inside=["front"], outside=["back"], mode="soft")
    until = (world.clock.now() + timedelta(days=30)).strftime("%Y-%m-%d")
    made = world.ask("pass", name="Plumber", door="front", until=until, uses=2)
    world.visit(RESIDENTS[0])
    world.visit(STRANGER)
    world.door("back").feels(contact=True)
    world.ask("unlock", door="front", reason="parcel")
    enrolment = enrolling(world)
    return Life(
        made["pass"],
        enrolment,
        {
            "sign-in": "/sign-in",
            "doors": "/doors",
            "door": "/doors/front",
            "door-alarm": "/doors/back",
            "unlock": "/doors/front/unlock",
            "lockdown": "/orders/lockdown?target=all",
            "now": "/now",
            "people": "/people",
            "people-none": "/people?q=nobody-of-this-name",
            "add": "/people/add",
            "person": f"/people/{card}",
            "rename": f"/people/{card}/rename",
            "remove": f"/people/{card}/remove",
            "pin": f"/people/{card}/pin",
            "undo": f"/people/{card}/undo",
            "may": f"/people/{card}/may",
            "erasures": "/people/erasures",
            "enrol": "/enrol",
            "enrolment": f"/enrol/{enrolment}",
            "import": "/import",
            "passes": "/passes",
            "pass": f"/passes/{made['pass']}",
            "pass-issue": "/passes/issue",
            "rules": "/rules",
            "rules-add": "/rules/add",
            "rules-hours": "/rules/hours/lectures",
            "rules-group": "/rules/groups/students",
            "log": "/log",
            "log-doors": "/log/doors",
            "figures": "/figures",
            "accounts": "/accounts",
            "accounts-add": "/accounts/add",
            "account": "/accounts/porter",
            "me": "/me",
            "missing": "/no-such-page",
        },
    )


def enrolling(world: ConsoleWorld) -> str:
    """Open an enrolment by photos at the console itself; its number."""
    with world.http("administrator") as browser:
        answer = browser.post(
            "/enrol",
            data={
                "csrf": csrf_of(browser.get("/enrol")),
                "name": NEVER_ENROLLED.name,
                "card": NEVER_ENROLLED.card,
                "how": "photos",
            },
        )
    return answer.headers["location"].rsplit("/", 1)[1]
