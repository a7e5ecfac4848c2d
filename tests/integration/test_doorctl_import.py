"""Many people become residents by one command, to a real brain through a real broker."""

from __future__ import annotations

import csv
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from brain_world import BLUE, GREEN, RED, painted
from mosquitto_world import MosquittoWorld

from demo.private_broker import PrivateBroker
from doorbus import messages as m
from doorctl.__main__ import main
from doorctl.site import Site

ANN, BEN, CLEO = "202600000017", "202600000018", "202600000019"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def world(site: Site, broker: PrivateBroker) -> Iterator[MosquittoWorld]:
    world = MosquittoWorld(site, broker)
    world.start()
    world.door.ack_of(world.door.tell(m.EventKind.STARTED).id)
    yield world
    world.close()


@pytest.fixture
def doorctl(
    site: Site,
    broker: PrivateBroker,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Run a command as admin.alice: exit code, standard output, standard error."""
    assert broker.running
    monkeypatch.setenv("DOORWARD_CLIENT", str(site.staff("admin.alice") / "client.yaml"))
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["doorctl", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return int(ended.value.code or 0), told.out, told.err

    return run


class Papers:
    """A list of people and a folder of their photos."""

    def __init__(self, folder: Path) -> None:
        self.list = folder / "people.csv"
        self.photos = folder / "photos"
        self.photos.mkdir()
        self.report = folder / "people-report.csv"

    def write(self, *rows: str) -> None:
        self.list.write_text("\n".join(("name,card,groups", *rows)) + "\n")

    def photo(self, name: str, data: bytes) -> None:
        path = self.photos / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)

    @property
    def told(self) -> dict[str, tuple[str, str, str]]:
        """The report: outcome, usable photos and why, by card."""
        with self.report.open(newline="") as file:
            return {
                row["card"]: (row["outcome"], row["usable"], row["why"])
                for row in csv.DictReader(file)
            }


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    return Papers(tmp_path)


def cards(world: MosquittoWorld) -> list[str]:
    return sorted(one["card"] for one in world.admin.ok("list")["residents"])


def test_people_are_enrolled_with_their_photos_and_put_into_groups(
    world: MosquittoWorld, doorctl: Run, papers: Papers
) -> None:
    papers.write(f"Ann,{ANN},staff", f"Ben,{BEN},staff crew")
    papers.photo(f"{ANN}.jpg", painted(RED))
    papers.photo(f"{BEN}/front.jpg", painted(BLUE))
    papers.photo(f"{BEN}/side.jpg", painted(BLUE))

    code, out, _ = doorctl("import", papers.list, papers.photos)

    assert code == 0, out
    assert papers.told == {ANN: ("imported", "1", ""), BEN: ("imported", "2", "")}
    assert stat.S_IMODE(papers.report.stat().st_mode) == 0o600
    assert world.admin.ok("show", card=BEN)["groups"] == ["crew", "staff"]
    assert world.door.visit([painted(RED) for _ in range(20)], 1).decision is m.Decision.GRANT
    assert "importing" in out
    assert "2 imported" in out


def test_one_refused_row_keeps_all_from_being_sent_and_every_one_is_listed(
    world: MosquittoWorld, doorctl: Run, papers: Papers
) -> None:
    world.admin.ok("add", name="Somebody Else", card=CLEO)
    papers.write(f"Ann,{ANN},", "Ben,2026,", f"Cleo,{CLEO},Big Group!")
    for card in (ANN, CLEO):
        papers.photo(f"{card}.jpg", painted(RED))
    papers.photo("202600000099.jpg", painted(RED))

    code, out, _ = doorctl("import", papers.list, papers.photos)

    assert code == 1
    assert cards(world) == [CLEO]
    assert papers.told[ANN] == ("not sent", "0", "")
    assert papers.told["2026"][0] == papers.told[CLEO][0] == "refused"
    assert "card: must be exactly 12 digits" in papers.told["2026"][2]
    assert "groups: " in papers.told[CLEO][2]
    assert "card: belongs to a resident of another name" in papers.told[CLEO][2]
    assert "nothing was sent" in out
    assert "importing" not in out
    assert "202600000099.jpg: nobody's" in out


def test_the_good_rows_may_be_sent_though_others_are_refused(
    world: MosquittoWorld, doorctl: Run, papers: Papers
) -> None:
    papers.write(f"Ann,{ANN},", f"Ben,{BEN},")
    papers.photo(f"{ANN}.jpg", painted(RED))

    code, _, _ = doorctl("import", papers.list, papers.photos, "--partly")

    assert code == 1
    assert cards(world) == [ANN]
    assert papers.told[BEN][2].startswith("photo: none is named by this card")


def test_a_dry_run_sends_nothing(world: MosquittoWorld, doorctl: Run, papers: Papers) -> None:
    papers.write(f"Ann,{ANN},")
    papers.photo(f"{ANN}.jpg", painted(RED))

    code, out, _ = doorctl("import", papers.list, papers.photos, "--dry-run")

    assert (code, cards(world)) == (0, [])
    assert papers.told == {ANN: ("not sent", "0", "")}
    assert "1 not sent" in out


def test_somebody_whose_photos_show_two_people_is_refused_and_not_left_behind(
    world: MosquittoWorld, doorctl: Run, papers: Papers
) -> None:
    papers.write(f"Ann,{ANN},staff", f"Ben,{BEN},staff")
    papers.photo(f"{ANN}-1.jpg", painted(RED))
    papers.photo(f"{ANN}-2.jpg", painted(BLUE))
    papers.photo(f"{BEN}.jpg", painted(GREEN))

    code, _, _ = doorctl("import", papers.list, papers.photos)

    assert code == 1
    assert cards(world) == [BEN]
    assert "more than one person" in papers.told[ANN][2]
    assert papers.told[BEN][0] == "imported"


def test_a_photo_that_is_of_no_use_is_named_and_the_others_enrol(
    world: MosquittoWorld, doorctl: Run, papers: Papers
) -> None:
    papers.write(f"Ann,{ANN},")
    papers.photo(f"{ANN}-1.jpg", painted(RED))
    papers.photo(f"{ANN}-2.jpg", painted(RED, faces=0))
    papers.photo(f"{ANN}-3.jpg", painted(RED))

    code, out, _ = doorctl("import", papers.list, papers.photos)

    assert code == 0
    assert papers.told[ANN] == ("imported", "2", f"{ANN}-2.jpg: without a face")
    assert f"{ANN}-2.jpg: without a face" in out
    assert cards(world) == [ANN]


def test_an_import_may_be_run_again(world: MosquittoWorld, doorctl: Run, papers: Papers) -> None:
    papers.write(f"Ann,{ANN},")
    papers.photo(f"{ANN}.jpg", painted(RED))
    doorctl("import", papers.list, papers.photos)
    papers.write(f"Ann,{ANN},crew", f"Ben,{BEN},")
    papers.photo(f"{BEN}.jpg", painted(BLUE))

    code, _, _ = doorctl("import", papers.list, papers.photos)

    assert code == 0
    assert papers.told == {
        ANN: ("there already", "0", "enrolled before"),
        BEN: ("imported", "1", ""),
    }
    assert world.admin.ok("show", card=ANN)["groups"] == ["crew"]


def test_a_list_alone_makes_people_known(
    world: MosquittoWorld, doorctl: Run, papers: Papers
) -> None:
    papers.write(f"Ann,{ANN},", f"Ben,{BEN},")

    code, _, _ = doorctl("import", papers.list, "--report", papers.photos / "report.csv")

    assert (code, cards(world)) == (0, [ANN, BEN])
    assert (papers.photos / "report.csv").is_file()


def test_a_broken_photo_is_found_before_anything_is_sent(
    world: MosquittoWorld, doorctl: Run, papers: Papers
) -> None:
    papers.write(f"Ann,{ANN},")
    papers.photo(f"{ANN}.jpg", b"no picture")

    code, _, _ = doorctl("import", papers.list, papers.photos)

    assert (code, cards(world)) == (1, [])
    assert "not a picture that can be read" in papers.told[ANN][2]


@pytest.mark.usefixtures("world")
def test_a_list_of_another_kind_is_a_clear_error(doorctl: Run, papers: Papers) -> None:
    papers.list.write_text("first,last\nAnn,Smith\n")

    code, _, told = doorctl("import", papers.list, papers.photos)

    assert code == 1
    assert told.startswith("doorctl: no column 'name', no column 'card'")


# --- the same for one person ----------------------------------------------------------------------


def test_one_person_is_enrolled_by_photos(
    world: MosquittoWorld, doorctl: Run, papers: Papers
) -> None:
    papers.photo("a.jpg", painted(RED))
    papers.photo("b.jpg", painted(RED))

    code, out, _ = doorctl("users", "enroll", ANN, "--name", "Ann", "--photos", papers.photos)

    assert code == 0
    assert "trained: 2 templates" in out
    assert world.door.visit([painted(RED) for _ in range(20)], 1).decision is m.Decision.GRANT


def test_photos_of_nobody_are_an_error_that_names_each(doorctl: Run, papers: Papers) -> None:
    world_free = papers.photos / "none.jpg"

    code, _, told = doorctl("users", "enroll", ANN, "--photos", world_free)

    assert code == 1
    assert "no such file" in told


@pytest.mark.usefixtures("world")
def test_photos_that_do_not_do_are_told_of_one_by_one(doorctl: Run, papers: Papers) -> None:
    papers.photo("a.jpg", painted(RED, faces=2))

    code, out, told = doorctl("users", "enroll", ANN, "--name", "Ann", "--photos", papers.photos)

    assert code == 1
    assert "a.jpg: with several faces" in out
    assert "the enrolment was refused: only 0 of 1 frames are usable" in told


@pytest.mark.parametrize(
    "arguments", [(), ("front", "--photos", "x.jpg"), ("--photos", "x.jpg", "--count", "3")]
)
def test_a_door_or_photos_are_needed_and_not_both(doorctl: Run, arguments: tuple[str, ...]) -> None:
    code, _, told = doorctl("users", "enroll", ANN, *arguments)

    assert code == 2
    assert "photo" in told


# --- renaming, exporting, erasing -----------------------------------------------------------------


def test_somebody_is_renamed_found_and_exported(
    world: MosquittoWorld, doorctl: Run, tmp_path: Path
) -> None:
    world.admin.ok("add", name="Ann", card=ANN)

    assert doorctl("users", "rename", ANN, "--name", "Ann Two", "--card", BEN)[0] == 0
    found = doorctl("users", "list", "--name", "two", "--not-enrolled")[1]
    nobody = doorctl("users", "list", "--disabled")[1]
    exported = doorctl("users", "export", BEN, "--to", tmp_path / "ann.json")

    assert "Ann Two" in found
    assert nobody == "none of 0\n"
    assert exported[0] == 0
    assert '"name": "Ann Two"' in (tmp_path / "ann.json").read_text()


def test_a_removal_says_what_was_erased_and_who_has_yet_to_confirm(
    world: MosquittoWorld, doorctl: Run
) -> None:
    added = world.admin.ok("add", name="Ann", card=ANN)

    code, out, _ = doorctl("users", "remove", ANN, "--yes")
    world.door.heard.wait(m.Forget)
    waiting = doorctl("users", "erasures")[1]
    world.door.ack_of(world.door.tell(m.EventKind.FORGOTTEN, added["resident"]).id)
    still = doorctl("users", "erasures")[1]

    assert code == 0
    assert '"waiting"' in out
    assert "back, front yet to confirm" in out
    assert waiting.splitlines()[0].endswith("waiting for back, front")
    assert still.splitlines()[0].endswith("waiting for back")
