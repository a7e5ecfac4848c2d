"""Every daily task of README.md is done on a phone, by what stands on the pages alone."""

from __future__ import annotations

import itertools
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from browser_pages import OpenPage
from console_world import ConsoleWorld
from documents import sections
from painted_photos import photo

from doorbus import messages as m
from story.people import Person

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

README: Final = Path(__file__).parents[2] / "README.md"
ME: Final = "console.main/administrator"
TRAIN_MS: Final = 60_000
PEOPLE: Final = itertools.count(1)
STRANGER: Final = Person(900)

Task = Callable[["Caretaker"], None]
TASKS: Final[dict[str, tuple[Task, tuple[str, ...]]]] = {}
"""By the words of README.md: how it is done, and what the audit says afterwards."""


@dataclass(frozen=True)
class Caretaker:
    """Somebody with a phone who reads nothing: begins at the page Doors and presses what fits.

    Attributes:
        page: signed in as an administrator, at the page Doors.
        folder: for files.
    """

    world: ConsoleWorld
    page: Page
    folder: Path

    def goes_to(self, label: str) -> None:
        """By the bar at the bottom, or by what it folds away."""
        bar = self.page.get_by_role("navigation", name="Pages")
        place = bar.get_by_role("link", name=label, exact=True)
        if not place.first.is_visible():
            bar.get_by_text("More", exact=True).click()
        place.locator("visible=true").first.click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(label)

    def opens(self, person: Person) -> None:
        """Look for somebody, and open their page."""
        self.goes_to("People")
        self.fills("Name or card number", person.card[-6:])
        self.presses("Search")
        self.page.get_by_role("link", name=person.name).click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(person.name)

    def stands_before(self, door: str) -> None:
        """Open a door's page."""
        self.page.get_by_role("heading", name=door).get_by_role("link").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(door)

    def orders(self, order: str) -> None:
        """Choose what is to happen to several doors."""
        self.page.get_by_text("Several doors").click()
        self.page.locator("#orders").get_by_role("link", name=order).click()

    def fills(self, label: str, text: str) -> None:
        """Type into a field."""
        fields = self._here().get_by_role("textbox").or_(self._here().locator("input"))
        fields.and_(self._here().get_by_label(label)).locator("visible=true").first.fill(text)

    def chooses(self, label: str, choice: str) -> None:
        """Choose from a list."""
        self._here().get_by_label(label, exact=True).select_option(label=choice)

    def presses(self, label: str) -> None:
        """Press a button, or what looks like one."""
        here = self._here()
        found = here.get_by_role("button", name=label).or_(here.get_by_role("link", name=label))
        found.locator("visible=true").first.click()

    def is_asked(self, label: str) -> None:
        """Press what asks something before it does anything."""
        self.presses(label)
        expect(self.page.locator("dialog[open] form")).to_be_visible()

    def presses_and_confirms(self, label: str, yes: str = "") -> None:
        """Press, and say yes to the question that comes."""
        self.is_asked(label)
        self.presses(yes or label)

    def sees(self, text: str | re.Pattern[str]) -> None:
        """Whether it stands there."""
        expect(self.page.get_by_text(text).locator("visible=true").first).to_be_visible()

    def knows(self, *, enrolled: bool = False) -> Person:
        """Somebody whom nobody has met yet is known, by another administrator's doing."""
        person = Person(next(PEOPLE))
        if enrolled:
            self.world.enrol(person)
        else:
            self.world.ask("add", name=person.name, card=person.card)
        return person

    def _here(self) -> Any:
        asked = self.page.locator("dialog[open]")
        return asked if asked.count() else self.page.locator("main")


def task(words: str, *audited: str) -> Callable[[Task], Task]:
    """Enter how a task of README.md is done."""

    def enter(done: Task) -> Task:
        TASKS[words] = done, audited
        return done

    return enter


def expect(found: Any) -> Any:
    from playwright.sync_api import expect as really  # noqa: PLC0415

    return really(found)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleWorld]:
    """A site of its own: some tasks change it for everybody."""
    with ConsoleWorld(tmp_path_factory.mktemp("tasks")) as running:
        yield running


@task("enrol somebody at a door, from your desk", "enroll")
def _(me: Caretaker) -> None:
    person = Person(next(PEOPLE))
    me.goes_to("Enrol")
    me.fills("Name", person.name)
    me.fills("Card number", person.card)
    me.page.get_by_label("At the door front").check()
    me.presses("Begin")
    me.sees("Now they should step before the door.")
    me.world.comes(person)
    try:
        known = me.page.get_by_text(f"Doors know {person.name} now.")
        known.wait_for(timeout=TRAIN_MS)
    finally:
        me.world.goes()


@task("enrol somebody by photos", "enroll")
def _(me: Caretaker) -> None:
    person = Person(next(PEOPLE))
    me.goes_to("Enrol")
    me.fills("Name", person.name)
    me.fills("Card number", person.card)
    me.page.get_by_label("With photos").check()
    me.presses("Begin")
    files = []
    for moment in range(3):
        files.append(me.folder / f"{moment}.jpg")
        files[-1].write_bytes(photo(person.number, moment=moment))
    me.page.locator("input[type=file]").first.set_input_files(files)
    send = me.page.get_by_role("button", name="Send").locator("visible=true")
    if send.count():
        send.first.click()
    me.page.get_by_text("photos are good").wait_for(timeout=TRAIN_MS)
    me.presses("Finish")
    me.page.get_by_text(f"Doors know {person.name} now").wait_for(timeout=TRAIN_MS)


@task("enrol a whole list", "enroll")
def _(me: Caretaker) -> None:
    people = [Person(next(PEOPLE)) for _ in range(2)]
    rows = ["name,card", *(f"{one.name},{one.card}" for one in people)]
    (me.folder / "people.csv").write_text("\n".join(rows), encoding="utf-8")
    with zipfile.ZipFile(me.folder / "photos.zip", "w") as archive:
        for one in people:
            archive.writestr(f"{one.card}.jpg", photo(one.number))
    me.goes_to("Import")
    me.page.get_by_label("List of people").set_input_files(me.folder / "people.csv")
    me.page.get_by_label("Photos").set_input_files(me.folder / "photos.zip")
    me.presses("Look at it")
    me.page.get_by_role("button", name="Import 2 rows").click(timeout=TRAIN_MS)
    me.page.get_by_role("link", name="Save the report").wait_for(timeout=TRAIN_MS)


@task("who is known, who is not enrolled yet")
def _(me: Caretaker) -> None:
    person, other = me.knows(), me.knows(enrolled=True)
    me.goes_to("People")
    me.page.get_by_text("Show only some").click()
    me.chooses("Face", "Not enrolled")
    me.presses("Show")
    me.sees(person.name)
    expect(me.page.get_by_role("link", name=other.name)).to_have_count(0)


@task("take new frames of somebody", "reenroll")
def _(me: Caretaker) -> None:
    person = me.knows(enrolled=True)
    me.opens(person)
    me.presses("Take new pictures")
    me.page.get_by_label("At the door front").check()
    me.presses("Begin")
    me.sees("Now they should step before the door.")
    me.world.comes(person)
    try:
        known = me.page.get_by_text(f"Doors know {person.name} now.")
        known.wait_for(timeout=TRAIN_MS)
    finally:
        me.world.goes()


@task("“this was not me”", "undo")
def _(me: Caretaker) -> None:
    person = me.knows(enrolled=True)
    mark = me.world.observer.mark()
    again = me.world.ask("reenroll", card=person.card, door="front")
    me.world.comes(person)
    me.world.wait(
        lambda seen: (
            isinstance(seen.value, m.EnrolmentChanged)
            and seen.value.enrolment == again["enrolment"]
            and seen.value.state is m.EnrolmentState.TRAINED
        ),
        mark,
        "new frames are learnt",
    )
    me.world.goes()
    me.opens(person)
    me.presses("“This was not me”")
    me.presses("Take back")
    me.sees(re.compile("taken back", re.IGNORECASE))


@task("another name or card", "rename")
def _(me: Caretaker) -> None:
    person = me.knows()
    me.opens(person)
    me.presses("Change name or card")
    me.fills("Name", "Another Name")
    me.presses("Save")
    expect(me.page.get_by_role("heading", level=1)).to_have_text("Another Name")


@task("a card is lost, and found", "disable", "enable")
def _(me: Caretaker) -> None:
    me.opens(me.knows())
    me.presses_and_confirms("Shut them out")
    me.sees("Shut out: no door opens for them.")
    me.presses_and_confirms("Let in again")
    expect(me.page.get_by_text("no door opens for them")).to_have_count(0)


@task("erase somebody everywhere", "remove")
def _(me: Caretaker) -> None:
    person = me.knows(enrolled=True)
    me.opens(person)
    me.presses("Remove")
    me.fills("Type their name or card number", person.name)
    me.presses("Remove for good")
    me.sees(f"{person.name} was removed")


@task("say what is kept of somebody", "export")
def _(me: Caretaker) -> None:
    person = me.knows()
    me.opens(person)
    with me.page.expect_download() as saved:
        me.presses_and_confirms("Save what is kept of them", "Save the file")
    assert person.card in Path(saved.value.path()).read_text(encoding="utf-8")


@task("put people into a group", "group")
def _(me: Caretaker) -> None:
    me.opens(me.knows())
    me.is_asked("Put into a group")
    me.fills("new group", "students")
    me.presses("Put in")
    expect(me.page.get_by_role("link", name="students", exact=True)).to_be_visible()


@task("say when", "schedule")
def _(me: Caretaker) -> None:
    me.goes_to("Rules")
    me.presses("New hours")
    me.fills("What to call them", "lessons")
    me.fills("From", "08:00")
    me.fills("Until", "12:00")
    me.presses("Save")
    expect(me.page.get_by_role("heading", level=1)).to_have_text("Rules")
    me.sees("lessons")
    me.sees(re.compile("08:00 to 12:00"))


@task("a day off", "holiday")
def _(me: Caretaker) -> None:
    me.goes_to("Rules")
    me.is_asked("New holiday")
    me.fills("Day", "2030-12-25")
    me.fills("What it is called", "Christmas")
    me.presses("Save")
    me.sees("Christmas")


@task("let them in there, then", "permit")
def _(me: Caretaker) -> None:
    person = me.knows()
    me.world.ask("group", group="guests", add=[person.card])
    windows = [{"days": ["mon"], "start": "08:00", "end": "12:00"}]
    me.world.ask("schedule", schedule="mornings", windows=windows)
    me.goes_to("Rules")
    me.presses("Let somebody in")
    me.page.get_by_label("Who", exact=True).select_option(value="group/guests")
    me.chooses("Where", "Door front")
    me.page.get_by_label("When").select_option(value="mornings")
    me.presses("Save the rule")
    me.sees(re.compile("guests may enter by door front, in the hours mornings"))


@task("“why can't she get in?”")
def _(me: Caretaker) -> None:
    me.opens(me.knows())
    me.chooses("Door", "front")
    me.presses("Why, or why not?")
    me.sees("No, not by door front.")


@task("in once, out once", "passback")
def _(me: Caretaker) -> None:
    me.goes_to("Rules")
    me.presses("Watch an area")
    me.fills("What to call it", "vault")
    me.page.get_by_role("group", name="Doors that lead in").get_by_label("front").check()
    me.page.get_by_role("group", name="Doors that lead out").get_by_label("back").check()
    me.presses("Save")
    expect(me.page.get_by_role("heading", level=1)).to_have_text("Rules")
    me.sees("vault")
    me.world.ask("unpassback", name="vault")


@task("a pass for a visitor, to print", "pass")
def _(me: Caretaker) -> None:
    me.goes_to("Passes")
    me.presses("Make a pass")
    me.fills("Whose it is", "Plumber")
    me.chooses("What it opens", "front")
    me.presses("Make the pass")
    me.page.locator("#pass-code").wait_for()
    with me.page.expect_download() as saved:
        me.presses("Save as a picture")
    assert Path(saved.value.path()).read_bytes().startswith(b"\x89PNG")


@task("a PIN, and one for duress", "pin")
def _(me: Caretaker) -> None:
    me.opens(me.knows())
    me.is_asked("Set a PIN")
    me.fills("PIN", "907315")
    me.fills("The same once more", "907315")
    asked = me.page.locator("dialog[open]")
    asked.locator("summary").click()
    asked.get_by_label("PIN under threat").fill("417315")
    asked.get_by_label("The same once more").last.fill("417315")
    me.presses("Set the PIN")
    me.sees("They have a PIN. Nobody can see it.")


@task("open a door from afar", "unlock")
def _(me: Caretaker) -> None:
    before = me.world.door("front").openings
    me.is_asked("Open front")
    me.fills("Why", "parcel")
    me.presses("Open the door")
    me.sees("The door itself said that it opened.")
    me.world.until(lambda: me.world.door("front").openings == before + 1, "the lock opens once")


@task("lock the site down", "lockdown")
def _(me: Caretaker) -> None:
    me.orders("Lock down")
    me.fills("Why", "somebody climbed the fence")
    me.presses("Lock down 2 doors")
    _both_doors_say_done(me)
    me.goes_to("Doors")
    me.sees("Lock-down")


@task("everybody out", "evacuate")
def _(me: Caretaker) -> None:
    me.orders("Evacuate")
    me.fills("Why", "drill")
    me.presses("Open 2 doors to all")
    _both_doors_say_done(me)


@task("all clear", "release")
def _(me: Caretaker) -> None:
    me.world.ask("lockdown", doors="all", reason="drill")
    me.orders("Release")
    me.presses("Release 2 doors")
    _both_doors_say_done(me)


@task("look through a door's camera", "snapshot")
def _(me: Caretaker) -> None:
    me.stands_before("front")
    me.presses("Take a picture")
    expect(me.page.locator("#picture-front img")).to_be_visible()


@task("see doors and visits live")
def _(me: Caretaker) -> None:
    person = me.knows(enrolled=True)
    me.presses("Happening now")
    assert me.world.visit(person) is m.EventKind.GRANTED
    me.sees(f"{person.name} came in")


@task("who was refused at a door")
def _(me: Caretaker) -> None:
    assert me.world.visit(STRANGER) is m.EventKind.DENIED
    me.goes_to("Log")
    me.page.get_by_text("Filter").first.click()
    me.page.get_by_label("Door", exact=False).first.select_option(value="front")
    me.page.get_by_label("What", exact=True).select_option(value="deny")
    me.presses("Show")
    me.sees("Refused")
    expect(me.page.locator("main").get_by_role("link", name="Signed in")).to_have_count(0)


@task("what a refusal was about")
def _(me: Caretaker) -> None:
    assert me.world.visit(STRANGER) is m.EventKind.DENIED
    me.goes_to("Log")
    me.presses("Refused")
    me.sees("What the person was shown")
    me.sees("What the door saw")


@task("visits by hour, refusals by reason")
def _(me: Caretaker) -> None:
    assert me.world.visit(STRANGER) is m.EventKind.DENIED
    me.goes_to("Figures")
    me.sees(re.compile("[1-9][0-9]* refused"))
    me.sees("By hour")
    me.sees("not known here")


def _both_doors_say_done(me: Caretaker) -> None:
    told = me.page.locator("#ordered").get_by_text("Done: the door said so")
    expect(told).to_have_count(2)


def tasks_of_the_readme() -> list[str]:
    (tasks,) = (part for part in sections(README) if part.title == "Daily tasks")
    return [_typeset(row[0]) for row in tasks.table]


def _typeset(words: str) -> str:
    return re.sub('"([^"]*)"', "“\\1”", words)


def test_each_task_of_the_readme_is_one_that_is_done_here() -> None:
    assert list(TASKS) == tasks_of_the_readme()


@pytest.mark.parametrize("words", TASKS)
def test_a_caretaker_does_it_on_a_phone_and_the_audit_says_who_did(
    words: str, world: ConsoleWorld, phone: OpenPage, tmp_path: Path
) -> None:
    done, audited = TASKS[words]
    before = _entries(world)
    page = phone("administrator", "/doors")

    try:
        done(Caretaker(world, page, tmp_path))
    finally:
        world.ask("release", doors="all", reason="a task is over")

    new = _entries(world)[len(before) :]
    mine = [entry["what"] for entry in new if entry["actor"] == ME]
    assert all(what in mine for what in audited), (audited, new)


def _entries(world: ConsoleWorld) -> list[dict[str, Any]]:
    """What the audit holds, the oldest first."""
    entries: list[dict[str, Any]] = world.ask("log", limit=200)["entries"]
    return entries[::-1]
