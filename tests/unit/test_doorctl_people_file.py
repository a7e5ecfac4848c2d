"""A list of people is read whole: each row is good, or everything wrong with it is told."""

from __future__ import annotations

import contextlib
import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorctl.errors import PeopleFileRefused
from doorctl.people_file import Person, find_photos, read_people, unmatched

CARD, OTHER = "202600000017", "202600000018"


def one(text: str) -> Person:
    (person,) = read_people(text)
    return person


def test_a_row_with_all_columns_is_read() -> None:
    person = one(f"name,card,groups,photo,consent\nAnn Smith,{CARD},staff;crew,a.jpg,form 7\n")

    assert person == Person(2, "Ann Smith", CARD, ("staff", "crew"), "a.jpg", "form 7")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_columns_may_come_in_any_order_and_be_separated_by_what_spreadsheets_use(
    separator: str,
) -> None:
    text = "\ufeff" + "\r\n".join(
        separator.join(cells) for cells in (["Card", "Name"], [CARD, "Ann"], ["", ""])
    )

    assert one(text) == Person(2, "Ann", CARD)


@given(
    st.lists(
        st.tuples(
            st.text(
                st.characters(exclude_categories=["C", "Z"], exclude_characters="\u2028\u2029"),
                min_size=1,
                max_size=30,
            ),
            st.integers(0, 10**12 - 1),
        ),
        unique_by=lambda pair: pair[1],
        max_size=20,
    )
)
def test_what_is_written_as_csv_is_read_again_and_nothing_is_wrong_with_it(
    people: list[tuple[str, int]],
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(
        [("name", "card"), *((name, f"{card:012}") for name, card in people)]
    )

    read = read_people(text.getvalue())

    assert [(each.name, each.card, each.wrong) for each in read] == [
        (name, f"{card:012}", ()) for name, card in people
    ]


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    with contextlib.suppress(PeopleFileRefused):
        assert all(isinstance(each, Person) for each in read_people(text))


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (f",{CARD},", "name: "),
        ("Ann,2026,", "card: must be exactly 12 digits"),
        ("Ann,,", "card: must be exactly 12 digits"),
        (f"Ann,{CARD},Staff Room", "groups: 1 to 32 of a-z, 0-9 and - each"),
        (f"Ann,{CARD},staff,more", "4 columns instead of 3"),
        (f"{'a' * 101},{CARD},", "name: "),
    ],
)
def test_what_is_wrong_with_a_row_names_the_column(row: str, wrong: str) -> None:
    person = one(f"name,card,groups\n{row}\n")

    assert [reason.startswith(wrong) for reason in person.wrong] == [True]


def test_everything_wrong_with_a_row_is_told_at_once() -> None:
    person = one("name,card,groups\n,12,No!\n")

    assert len(person.wrong) == 3


def test_two_rows_with_one_card_are_both_wrong() -> None:
    people = read_people(f"name,card\nAnn,{CARD}\nBen,{OTHER}\nCleo,{CARD}\n")

    assert [each.wrong for each in people] == [
        ("card: stands in rows 2, 4",),
        (),
        ("card: stands in rows 2, 4",),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        (f"Ann,{CARD}\n", "no column 'name'"),
        ("name\nAnn\n", "no column 'card'"),
        ("name,card,age\n", "an unknown column 'age'"),
        ("name,card,card\n", "the column 'card' twice"),
        ('name,card\n"Ann,1\n', "not a CSV file"),
    ],
)
def test_a_file_of_another_kind_is_refused(text: str, told: str) -> None:
    with pytest.raises(PeopleFileRefused, match=told):
        read_people(text)


# --- photos ---------------------------------------------------------------------------------------


def folder(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def photos_of(person: Person, root: Path) -> list[str]:
    (found,) = find_photos([person], root)
    assert not found.wrong
    return [str(path.relative_to(root)) for path in found.photos]


def test_photos_are_found_by_card_as_files_and_as_a_folder(tmp_path: Path) -> None:
    folder(
        tmp_path,
        f"{CARD}.jpg",
        f"{CARD}-2.PNG",
        f"{CARD}/front.jpeg",
        f"{CARD}/notes.txt",
        f"{OTHER}.jpg",
        f"{CARD}9.jpg",
    )

    assert photos_of(Person(2, "Ann", CARD), tmp_path) == [
        f"{CARD}/front.jpeg",
        f"{CARD}-2.PNG",
        f"{CARD}.jpg",
    ]


def test_the_column_names_files_and_folders(tmp_path: Path) -> None:
    folder(tmp_path, "ann/1.jpg", "ann/2.jpg", "b.jpg", f"{CARD}.jpg")

    named = photos_of(Person(2, "Ann", CARD, photo="ann; b.jpg"), tmp_path)

    assert named == ["ann/1.jpg", "ann/2.jpg", "b.jpg"]


@pytest.mark.parametrize("photo", ["../secret.jpg", "/etc/passwd", "none.jpg", "list.txt", "empty"])
def test_the_column_names_nothing_else(tmp_path: Path, photo: str) -> None:
    folder(tmp_path, "secret.jpg", "in/list.txt")
    (tmp_path / "in" / "empty").mkdir()

    (found,) = find_photos([Person(2, "Ann", CARD, photo=photo)], tmp_path / "in")

    assert found.photos == ()
    assert found.wrong == (f"photo: {photo} is no picture, and no folder with pictures",)


def test_somebody_without_a_photo_is_told_of_where_photos_are_given(tmp_path: Path) -> None:
    person = Person(2, "Ann", CARD)

    (without,) = find_photos([person], tmp_path)
    (no_folder,) = find_photos([person], None)

    assert without.wrong[0].startswith("photo: none is named by this card")
    assert no_folder == person


def test_more_photos_than_an_enrolment_takes_are_told_of(tmp_path: Path) -> None:
    folder(tmp_path, *(f"{CARD}/{number}.jpg" for number in range(201)))

    (found,) = find_photos([Person(2, "Ann", CARD)], tmp_path)

    assert found.wrong == ("photo: 201 photos; at most 200",)


def test_photos_of_nobody_are_listed(tmp_path: Path) -> None:
    folder(tmp_path, f"{CARD}.jpg", f"{OTHER}.jpg", "deep/stray.png", "list.txt")
    people = find_photos([Person(2, "Ann", CARD)], tmp_path)

    nobodys = [str(path.relative_to(tmp_path)) for path in unmatched(people, tmp_path)]

    assert nobodys == [f"{OTHER}.jpg", "deep/stray.png"]
