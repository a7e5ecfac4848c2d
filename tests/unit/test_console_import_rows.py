"""A row of a list becomes a resident whole or not at all, wherever the line breaks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.errors import NotDone
from console.imports.rows import GIVEN_UP, settled
from console.imports.talk import Interrupted, Refused
from doorbus import messages as m
from doorctl.import_report import report
from doorctl.importing import Known, Outcome, Result
from doorctl.people_file import Person

CARD = "202600000017"
NOBODY = Known({}, frozenset())


class Brain:
    """As much of a brain as importing needs; the line breaks before or after chosen requests.

    Args of the constructor:
        breaks: for each message in turn, whether the line breaks `before` or `after` it came.
        usable: whether its photos can be trained.
    """

    def __init__(self, breaks: list[str], *, usable: bool = True) -> None:
        self.residents: dict[str, dict[str, Any]] = {}
        self.groups: set[str] = set()
        self._breaks = iter([*breaks, *itertools.repeat("", 1000)])
        self._usable = usable
        self._ids = itertools.count(1)
        self._missed = False

    def begin(self) -> None:
        self._missed = False

    def ask(self, request: m.Request) -> dict[str, Any]:
        how = next(self._breaks)
        if how == "before":
            raise Interrupted
        data = self._do(request)
        if how == "after":
            raise Interrupted
        return data

    def upload(self, photo: m.UploadFrame) -> None:
        how = next(self._breaks)
        if how == "before":
            raise Interrupted
        (one,) = self.residents.values()
        assert one["enrolment"]["enrolment"] == photo.enrolment
        one["enrolment"]["stored"] += 1
        if one["enrolment"]["stored"] == one["enrolment"]["count"]:
            one["enrolment"]["state"] = "trained" if self._usable else "refused"
            one["templates"] = int(self._usable)
        if how == "after":
            raise Interrupted

    def events(self, silence_s: float) -> Iterator[m.BrainEvent]:
        del silence_s
        if next(self._breaks):
            raise Interrupted
        (one,) = self.residents.values()
        of = one["enrolment"]
        yield m.EnrolmentChanged(
            enrolment=of["enrolment"],
            resident="r-1",
            state=m.EnrolmentState(of["state"]),
            stored=of["stored"],
            count=of["count"],
        )

    def _do(self, request: m.Request) -> dict[str, Any]:
        one = self.residents.get(getattr(request, "card", ""))
        match request:
            case m.Show():
                if one is None:
                    raise Refused(NotDone("no", code=m.ErrorCode.UNKNOWN_CARD))
                return one
            case m.Add():
                assert one is None
                self.residents[request.card] = {"templates": 0, "enrolment": None}
                return {}
            case m.Enroll():
                one = self.residents.setdefault(request.card, {"templates": 0, "enrolment": None})
                assert not one["templates"]
                assert not one["enrolment"] or one["enrolment"]["state"] != "capturing"
                number = f"e-{next(self._ids)}"
                one["enrolment"] = {
                    "enrolment": number,
                    "state": "capturing",
                    "stored": 0,
                    "count": request.count,
                }
                return {"enrolment": number, "token": "0" * 32}
            case m.Cancel():
                assert one is not None
                one["enrolment"]["state"] = "cancelled"
                return {}
            case m.Remove():
                self.residents.pop(request.card, None)
                return {}
            case m.ChangeGroup():
                self.groups |= {request.group}
                return {}
        raise AssertionError(request)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Path]:
    folder = tmp_path_factory.mktemp("made")
    found = {}
    for number in range(2):
        found[Path(f"{number}.heic")] = folder / f"{number}.jpg"
        (folder / f"{number}.jpg").write_bytes(bytes([number]))
    return found


@given(
    breaks=st.lists(st.sampled_from(["", "", "before", "after"]), max_size=12),
    photos=st.integers(0, 2),
    usable=st.booleans(),
)
def test_a_row_is_whole_or_not_there_wherever_the_line_breaks(
    made: dict[Path, Path], breaks: list[str], photos: int, usable: bool
) -> None:
    one = Person(2, "Ann", CARD, groups=("staff",), photos=tuple(sorted(made))[:photos])
    brain = Brain(breaks, usable=usable)

    result = settled(brain, one, NOBODY, made, lambda: True)  # type: ignore[arg-type]

    if result.why == GIVEN_UP:
        return
    good = usable or not photos
    assert result.outcome is (Outcome.IMPORTED if good else Outcome.REFUSED)
    assert (CARD in brain.residents) is good
    assert brain.groups == ({"staff"} if good else set())
    if good and photos:
        assert brain.residents[CARD]["templates"] == 1


def test_a_line_that_never_holds_is_given_up_and_told(made: dict[Path, Path]) -> None:
    one = Person(2, "Ann", CARD, photos=tuple(made))

    again_and_again = settled(Brain(["before"] * 99), one, NOBODY, made, lambda: True)  # type: ignore[arg-type]
    nobody_waits = settled(Brain(["before"] * 99), one, NOBODY, made, lambda: False)  # type: ignore[arg-type]

    assert again_and_again.why == nobody_waits.why == GIVEN_UP


def test_a_report_holds_no_formulas() -> None:
    names = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "Ann"]

    text = report(Result(Person(2, name, CARD), Outcome.REFUSED, why=name) for name in names)

    cells = [cell for line in text.splitlines()[1:] for cell in line.split(",")]
    assert not any(cell.strip('" \t')[:1] in set("=+-@") for cell in cells)
