"""Requests about access, drawn at random, for tests of everything that carries requests."""

from __future__ import annotations

from datetime import datetime
from typing import Any, get_args

from hypothesis import strategies as st

from doorbus import messages as m

CARDS = st.from_regex(r"[0-9]{12}", fullmatch=True)
NAMES = st.from_regex(r"[a-z0-9-]{1,32}", fullmatch=True)
TRANSACTIONS = st.from_regex(r"[!-~]{1,64}", fullmatch=True)
DAYS: tuple[m.Day, ...] = get_args(m.Day)
_DATES = st.dates(datetime(2000, 1, 1).date(), datetime(2199, 12, 30).date())  # noqa: DTZ001  # dates
_MINUTES = st.datetimes(datetime(2000, 1, 1), datetime(2199, 12, 30))  # noqa: DTZ001  # local
MOMENTS = _DATES.map(str) | _MINUTES.map(lambda moment: moment.isoformat(timespec="minutes"))
_SETS = st.lists(NAMES, min_size=1, max_size=5, unique=True)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def windows(draw: st.DrawFn) -> m.Window:
    """Any window of a week."""
    days = draw(st.lists(st.sampled_from(DAYS), min_size=1, unique=True))
    next_day = draw(st.booleans())
    start = draw(st.integers(0, 1439))
    end = draw(st.integers(0 if next_day else start + 1, 1440))
    return m.Window(days=tuple(days), start=_clock(start), end=_clock(end), next_day=next_day)


@st.composite
def _rules(draw: st.DrawFn) -> m.Permit | m.Forbid:
    who = draw(
        CARDS.map(lambda card: {"card": card})
        | NAMES.map(lambda group: {"group": group})
        | st.just({"everybody": True})
    )
    where = draw(
        NAMES.map(lambda door: {"door": door})
        | NAMES.map(lambda doors: {"doors": doors})
        | st.just({"everywhere": True})
    )
    fields: dict[str, Any] = {"transaction": draw(TRANSACTIONS), **who, **where}
    fields["schedule"] = draw(st.none() | NAMES)
    fields[draw(st.sampled_from(["valid_from", "valid_until"]))] = draw(st.none() | MOMENTS)
    if draw(st.booleans()):
        return m.Forbid(op="forbid", **fields)
    return m.Permit(op="permit", after=draw(st.none() | NAMES), **fields)


@st.composite
def _areas(draw: st.DrawFn) -> m.ChangePassback:
    doors = draw(st.lists(NAMES, min_size=2, max_size=6, unique=True))
    middle = draw(st.integers(1, len(doors) - 1))
    return m.ChangePassback(
        op="passback",
        transaction=draw(TRANSACTIONS),
        name=draw(NAMES),
        inside=tuple(doors[:middle]),
        outside=tuple(doors[middle:]),
        mode=draw(st.sampled_from(["hard", "soft"])),
        forget_h=draw(st.floats(0.1, 8784)),
    )


def _asked(model: type[Any], op: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(model, op=st.just(op), transaction=TRANSACTIONS, **fields)


ACCESS_REQUESTS: st.SearchStrategy[Any] = st.one_of(
    _asked(
        m.ChangeGroup,
        "group",
        group=NAMES,
        add=st.lists(CARDS, max_size=5).map(tuple),
    ),
    _asked(m.DropGroup, "ungroup", group=NAMES),
    _asked(m.ListMembers, "members", group=NAMES),
    _asked(
        m.ChangeDoors,
        "doors",
        group=NAMES.filter(lambda name: name != m.ALL_DOORS),
        doors=_SETS.map(tuple),
    ),
    _asked(m.DropDoors, "undoors", group=NAMES),
    _asked(
        m.ChangeSchedule,
        "schedule",
        schedule=NAMES,
        windows=st.lists(windows(), min_size=1, max_size=4).map(tuple),
    ),
    _asked(m.DropSchedule, "unschedule", schedule=NAMES),
    _asked(m.AddHoliday, "holiday", date=_DATES.map(str)),
    _asked(m.DropHoliday, "unholiday", date=_DATES.map(str)),
    _rules(),
    _asked(m.DropRule, "unrule", rule=st.integers(0, 2**53)),
    _asked(m.ListRules, "rules", card=st.none() | CARDS, door=st.none() | NAMES),
    _asked(m.ListNames, "access"),
    _areas(),
    _asked(m.DropPassback, "unpassback", name=NAMES),
    _asked(m.ResetPassback, "passback_reset", card=CARDS),
    _asked(m.MayEnter, "may", card=CARDS, door=NAMES, at=st.none() | MOMENTS),
)
