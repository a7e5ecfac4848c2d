"""Whom does a CSV file name, where are their photos, and what is wrong with which row?"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from pydantic import TypeAdapter, ValidationError

from doorbus.messages import MAX_PHOTOS, Card, GroupName, PersonName, Text
from doorctl.errors import PeopleFileRefused
from doorctl.photos import SUFFIXES

COLUMNS = ("name", "card", "groups", "photo", "consent")
"""What a file may have; `name` and `card` it must."""

MOST_ROWS = 100_000
_CARD: TypeAdapter[str] = TypeAdapter(Card)
_NAME: TypeAdapter[str] = TypeAdapter(PersonName)
_GROUP: TypeAdapter[str] = TypeAdapter(GroupName)
_TEXT: TypeAdapter[str] = TypeAdapter(Text)
_LEADING_CARD = re.compile(r"([0-9]{12})(?![0-9])")


@dataclass(frozen=True, slots=True)
class Person:
    """One row.

    Attributes:
        row: its line in the file, the head being 1.
        name, card, consent: as they stand there, without blanks around them.
        groups: names of groups of residents.
        photo: what stands in the column `photo`; empty for photos named by the card.
        photos: the person's files, in order.
        wrong: everything that is wrong with the row; empty where it is good.
    """

    row: int
    name: str
    card: str
    groups: tuple[str, ...] = ()
    photo: str = ""
    consent: str = ""
    photos: tuple[Path, ...] = ()
    wrong: tuple[str, ...] = ()


def read_people(text: str) -> list[Person]:
    """Read a CSV file: with a head, separated by commas, semicolons or tabs.

    Returns:
        One for each row, those that are wrong with what is wrong with them; photos are not looked
        for yet.

    Raises:
        PeopleFileRefused: not a CSV file with the columns that it must have.
    """
    text = text.removeprefix("\ufeff")
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=separator, strict=True))
    except csv.Error as error:
        raise PeopleFileRefused(f"not a CSV file ({error}); save it as CSV in UTF-8") from None
    if not rows:
        raise PeopleFileRefused("empty; the first line names the columns: name,card,groups")
    names = [name.strip().lower() for name in rows[0]]
    _check_head(names)
    if len(rows) > MOST_ROWS:
        raise PeopleFileRefused(f"{len(rows)} rows; at most {MOST_ROWS} at once")
    people = [
        _person(number, names, cells)
        for number, cells in enumerate(rows[1:], 2)
        if any(cell.strip() for cell in cells)
    ]
    return _without_twins(people)


def find_photos(
    people: Iterable[Person], folder: Path | None, suffixes: Collection[str] = SUFFIXES
) -> list[Person]:
    """Give everybody their photos.

    By the column `photo` (files or folders below `folder`, several separated by `;`), or else by
    the card: a folder called so, or files whose names begin with it (`202600000017.jpg`,
    `202600000017-2.jpg`).

    Args:
        people: read before.
        folder: of the photos; None where there are none.
        suffixes: of files that are looked for.
    """
    if folder is None:
        return [
            _flawed(one, ["photo: named, but no folder of photos is given"]) if one.photo else one
            for one in people
        ]
    by_card = _by_card(folder, suffixes)
    return [_with_photos(one, folder, by_card, suffixes) for one in people]


def unmatched(
    people: Iterable[Person], folder: Path, suffixes: Collection[str] = SUFFIXES
) -> list[Path]:
    """Pictures in the folder that are nobody's: most likely a mistake in a name."""
    used = {photo for one in people for photo in one.photos}
    return [path for path in _pictures(folder, suffixes, deep=True) if path not in used]


def _check_head(names: Sequence[str]) -> None:
    unknown = [name for name in names if name not in COLUMNS]
    missing = [name for name in ("name", "card") if name not in names]
    twice = [name for name, number in Counter(names).items() if number > 1]
    wrong = [
        *(f"no column {name!r}" for name in missing),
        *(f"an unknown column {name!r}" for name in unknown),
        *(f"the column {name!r} twice" for name in twice),
    ]
    if wrong:
        raise PeopleFileRefused(
            f"{', '.join(wrong)}; the first line names the columns: {', '.join(COLUMNS)} "
            "(name and card must be there)"
        )


def _person(number: int, names: Sequence[str], cells: Sequence[str]) -> Person:
    wrong = []
    if len(cells) != len(names):
        wrong.append(f"{len(cells)} columns instead of {len(names)}")
    values = dict.fromkeys(COLUMNS, "") | dict(
        zip(names, (cell.strip() for cell in cells), strict=False)
    )
    groups = tuple(dict.fromkeys(part for part in re.split(r"[;,\s]+", values["groups"]) if part))
    checks: list[tuple[TypeAdapter[str], str, str]] = [
        (_NAME, values["name"], "name: 1 to 100 characters, no control characters"),
        (_CARD, values["card"], "card: must be exactly 12 digits"),
        (_TEXT, values["consent"], "consent: at most 200 characters, no control characters"),
        *((_GROUP, group, "groups: 1 to 32 of a-z, 0-9 and - each") for group in groups),
    ]
    for kind, value, rule in checks:
        try:
            kind.validate_python(value, strict=True)
        except ValidationError:
            if rule not in wrong:
                wrong.append(rule)
    return Person(
        number,
        values["name"],
        values["card"],
        groups,
        values["photo"],
        values["consent"],
        wrong=tuple(wrong),
    )


def _without_twins(people: Sequence[Person]) -> list[Person]:
    """Two rows with one card are both wrong: nobody knows which is meant."""
    rows: dict[str, list[int]] = {}
    for one in people:
        rows.setdefault(one.card, []).append(one.row)
    return [
        _flawed(one, [f"card: stands in rows {', '.join(map(str, rows[one.card]))}"])
        if one.card and len(rows[one.card]) > 1
        else one
        for one in people
    ]


def _with_photos(
    one: Person,
    folder: Path,
    by_card: Mapping[str, Sequence[Path]],
    suffixes: Collection[str],
) -> Person:
    wrong: list[str] = []
    if one.photo:
        photos: list[Path] = []
        for part in (part.strip() for part in one.photo.split(";")):
            found = _named(folder, part, suffixes)
            if not found:
                wrong.append(f"photo: {part} is no picture, and no folder with pictures")
            photos += found
    else:
        photos = list(by_card.get(one.card, ()))
        if not photos:
            wrong.append("photo: none is named by this card, and the column `photo` is empty")
    photos = list(dict.fromkeys(photos))
    if len(photos) > MAX_PHOTOS:
        wrong.append(f"photo: {len(photos)} photos; at most {MAX_PHOTOS}")
    return _flawed(replace(one, photos=tuple(photos)), wrong)


def _named(folder: Path, part: str, suffixes: Collection[str]) -> list[Path]:
    """What a cell of the column `photo` names; nothing outside the folder."""
    pure = PurePosixPath(part)
    if not part or pure.is_absolute() or ".." in pure.parts:
        return []
    path = folder / part
    if path.is_dir():
        return _pictures(path, suffixes)
    return [path] if path.is_file() and path.suffix.lower() in suffixes else []


def _by_card(folder: Path, suffixes: Collection[str]) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        card = _LEADING_CARD.match(path.name)
        if card is None:
            continue
        if path.is_dir() and path.name == card.group(1):
            found.setdefault(card.group(1), []).extend(_pictures(path, suffixes))
        elif path.is_file() and path.suffix.lower() in suffixes:
            found.setdefault(card.group(1), []).append(path)
    return found


def _pictures(folder: Path, suffixes: Collection[str], *, deep: bool = False) -> list[Path]:
    paths = folder.rglob("*") if deep else folder.iterdir()
    return sorted(path for path in paths if path.is_file() and path.suffix.lower() in suffixes)


def _flawed(one: Person, wrong: Sequence[str]) -> Person:
    return replace(one, wrong=(*one.wrong, *wrong))
