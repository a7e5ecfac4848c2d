"""What goes when somebody is removed, what stays, and what was erased?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from console.core.looking_up import card_of


class Kept(StrEnum):
    """Something that is kept of somebody."""

    NAME_AND_CARD = "name_and_card"
    TEMPLATES = "templates"
    FORMER = "former"
    RENEWALS = "renewals"
    PICTURES = "pictures"
    ENROLMENTS = "enrolments"
    PIN = "pin"
    GROUPS = "groups"
    RULES = "rules"
    AREAS = "areas"
    SAMPLES = "samples"


@dataclass(frozen=True, slots=True)
class Share:
    """So many of something.

    Attributes:
        what: of what.
        number: how many; None for a thing that there is one of.
        names: which, where that is told.
    """

    what: Kept
    number: int | None = None
    names: tuple[str, ...] = ()


def before(shown: Mapping[str, Any]) -> tuple[Share, ...]:
    """What will be erased of somebody, by the brain's answer to `show`."""
    enrolment = shown["enrolment"] or {}
    own = [rule for rule in shown["rules"] if "resident" in rule]
    counted = (
        Share(Kept.NAME_AND_CARD),
        Share(Kept.TEMPLATES, shown["templates"]),
        Share(Kept.FORMER, shown["former"]),
        Share(Kept.RENEWALS, shown["renewals"]),
        Share(Kept.PICTURES, enrolment.get("stored", 0)),
        *((Share(Kept.PIN),) if shown["pin"] else ()),
        Share(Kept.GROUPS, len(shown["groups"]), tuple(shown["groups"])),
        Share(Kept.RULES, len(own)),
        Share(Kept.AREAS, len(shown["inside"]), tuple(shown["inside"])),
    )
    return tuple(share for share in counted if share.number != 0)


def after(answer: Mapping[str, Any]) -> tuple[Share, ...]:
    """What was erased, by the brain's answer to `remove`."""
    erased = answer["erased"]
    database = erased["database"]
    counted = (
        *((Share(Kept.NAME_AND_CARD),) if database["name"] or database["card"] else ()),
        Share(Kept.TEMPLATES, database["templates"]),
        Share(Kept.FORMER, database["former"]),
        Share(Kept.RENEWALS, database["renewals"]),
        Share(Kept.PICTURES, erased["frames"]),
        Share(Kept.ENROLMENTS, database["enrolments"]),
        *((Share(Kept.PIN),) if database["pin"] else ()),
        Share(Kept.GROUPS, database["groups"]),
        Share(Kept.RULES, database["rules"]),
        Share(Kept.SAMPLES, erased["quarantine"]),
    )
    return tuple(share for share in counted if share.number != 0)


def meant(typed: str, name: str, card: str) -> bool:
    """Whether what was typed is the name or the card of somebody who is to be removed."""
    plain = " ".join(typed.split()).casefold()
    return bool(plain) and (plain == " ".join(name.split()).casefold() or card_of(typed) == card)
