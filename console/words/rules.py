"""How is a rule said, and hours, and why somebody may come in or not?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from babel.dates import format_date, format_datetime

from console.core.hours import RowMistake, on_holidays, runs
from console.core.leaving import Kept, Share
from console.core.rules_told import RuleTold, Where, Who
from console.words import _, current, ngettext, times, word
from console.words.marked import N_
from doorbus.messages import Reason

DAYS: Final[Mapping[str, str]] = {
    "mon": N_("Monday"),
    "tue": N_("Tuesday"),
    "wed": N_("Wednesday"),
    "thu": N_("Thursday"),
    "fri": N_("Friday"),
    "sat": N_("Saturday"),
    "sun": N_("Sunday"),
    "holiday": N_("Holidays"),
}

SHORT_DAYS: Final[Mapping[str, str]] = {
    "mon": N_("Mon"),
    "tue": N_("Tue"),
    "wed": N_("Wed"),
    "thu": N_("Thu"),
    "fri": N_("Fri"),
    "sat": N_("Sat"),
    "sun": N_("Sun"),
    "holiday": N_("Holidays"),
}

_ROWS: Final[Mapping[RowMistake, str]] = {
    RowMistake.NO_DAYS: N_("Choose at least one day."),
    RowMistake.NO_TIME: N_("This must be filled in."),
    RowMistake.BAD_TIME: N_("A time of day such as 08:30."),
}

_WHY: Final[Mapping[str, str]] = {
    Reason.DISABLED: N_("This person is shut out everywhere, until somebody lets them in again."),
    Reason.FORBIDDEN: N_("A rule keeps them out here."),
    Reason.NOT_PERMITTED: N_("No rule lets them in here, and without one nobody may enter."),
    Reason.NOT_VALID_YET: N_("A rule will let them in, but it has not begun yet."),
    Reason.NO_LONGER_VALID: N_("A rule let them in, but it has ended."),
    Reason.OUT_OF_HOURS: N_("A rule lets them in at other hours."),
    Reason.NOBODY_IN_YET: N_("A rule lets them in once somebody of another group has come in."),
}


def moment(written: str) -> str:
    """A day or a minute at the site, such as `2026-11-02` or `2026-11-02T12:00`, in words."""
    locale = times.LOCALES[current().language]
    try:
        if "T" not in written:
            return format_date(date.fromisoformat(written), "medium", locale=locale)
        found = datetime.fromisoformat(written).replace(tzinfo=None)
        chinese = current().language == "zh"
        shape = "y年M月d日 HH:mm" if chinese else "d MMM y, HH:mm"
        return format_datetime(found, shape, locale=locale)
    except ValueError:
        return written


# --- hours ---------------------------------------------------------------------------------------


def days(given: Iterable[str]) -> str:
    """Days, in words: `Mon to Fri, Sun, Holidays`."""
    listed = list(given)
    parts = [
        _(SHORT_DAYS[first])
        if first == last
        else _("%(first)s to %(last)s", first=_(SHORT_DAYS[first]), last=_(SHORT_DAYS[last]))
        for first, last in runs(listed)
    ]
    if on_holidays(listed):
        parts.append(_(SHORT_DAYS["holiday"]))
    return _(", ").join(parts)


def window(one: Mapping[str, Any]) -> str:
    """A window of a schedule, in words."""
    values = {"days": days(one["days"]), "start": one["start"], "end": one["end"]}
    if one["next_day"]:
        return _("%(days)s %(start)s to %(end)s of the next day", **values)
    return _("%(days)s %(start)s to %(end)s", **values)


def hours(windows: Iterable[Mapping[str, Any]]) -> str:
    """All windows of a schedule, in words."""
    return _("; ").join(window(one) for one in windows)


def row_mistake(found: RowMistake) -> str:
    """What is wrong with a field of a window."""
    return _(_ROWS[found])


# --- rules ---------------------------------------------------------------------------------------


def rule(
    one: RuleTold,
    names: Mapping[str, str],
    schedules: Mapping[str, Sequence[Mapping[str, Any]]],
) -> str:
    """A rule as a sentence.

    Args:
        one: the rule.
        names: of people, by card.
        schedules: windows by name, which are said beside it; those that are missing are not.
    """
    values = {
        "who": _who(one, names),
        "where": _where(one),
        "when": _when(one, schedules),
        "more": "".join(_more(one)),
    }
    if one.permits:
        return _("%(who)s may enter by %(where)s, %(when)s%(more)s.", **values)
    return _("%(who)s may not enter by %(where)s, %(when)s%(more)s.", **values)


def _who(one: RuleTold, names: Mapping[str, str]) -> str:
    if one.who is Who.PERSON:
        return names.get(one.whom) or one.whom or _("Somebody who was removed")
    if one.who is Who.GROUP:
        return _("Everybody in the group %(group)s", group=one.whom)
    return _("Everybody")


def _where(one: RuleTold) -> str:
    if one.where is Where.DOOR:
        return _("door %(door)s", door=one.place)
    if one.where is Where.DOORS:
        return _("the doors %(group)s", group=one.place)
    return _("every door")


def _when(one: RuleTold, schedules: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    if not one.schedule:
        return _("at any time")
    said = hours(schedules.get(one.schedule, ()))
    if not said:
        return _("in the hours %(schedule)s", schedule=one.schedule)
    return _("in the hours %(schedule)s (%(hours)s)", schedule=one.schedule, hours=said)


def _more(one: RuleTold) -> Iterable[str]:
    if one.since:
        yield _(", from %(moment)s", moment=moment(one.since))
    if one.until and "T" in one.until:
        yield _(", until %(moment)s", moment=moment(one.until))
    elif one.until:
        yield _(", until the end of %(day)s", day=moment(one.until))
    if one.after:
        yield _(", once somebody in the group %(group)s has come in that day", group=one.after)


def default(who: str) -> str:
    """Who may enter where no rule matches."""
    if who == "everybody":
        return _("Where no rule says otherwise, everybody who is enrolled may enter.")
    return _("Where no rule lets them in, nobody may enter.")


def default_at(door: str, who: str) -> str:
    """The same for a door with another default."""
    if who == "everybody":
        return _("Door %(door)s: everybody who is enrolled may enter.", door=door)
    return _("Door %(door)s: nobody may enter without a rule.", door=door)


def defaults(names: Mapping[str, Any]) -> list[str]:
    """Both, by the brain's answer to `access`."""
    return [
        default(names["default"]),
        *(default_at(door, who) for door, who in names["defaults"].items()),
    ]


# --- may they? -----------------------------------------------------------------------------------


def why(answer: Mapping[str, Any]) -> list[str]:
    """Why somebody may come in or not, by the brain's answer to `may`; the rule itself aside."""
    areas = _(", ").join(answer["areas"])
    reason = answer["reason"]
    said = []
    if not answer["enrolled"]:
        # First: whatever rules say, this alone keeps them out.
        said.append(_("They are not enrolled yet: no door knows their face."))
    if reason == Reason.PASSBACK:
        said.append(
            _(
                "By the area %(areas)s they have to go the other way first. Have it forgotten "
                "where they are, if that is wrong.",
                areas=areas,
            )
        )
    elif reason is not None:
        said.append(_(_WHY[reason]) if reason in _WHY else word("Reason", reason))
    elif answer["rule"] is not None:
        said.append(_("A rule lets them in."))
    else:
        said.append(_("No rule is needed: everybody may enter here who is not kept out."))
    if reason is None and areas:
        said.append(
            _("It will be told, for the area %(areas)s expects them the other way.", areas=areas)
        )
    if answer["until"]:
        said.append(_("This holds until %(moment)s.", moment=moment(answer["until"])))
    return said


# --- what is kept of somebody --------------------------------------------------------------------


def share(one: Share) -> str:  # noqa: PLR0911  # one sentence for each thing
    """So many of something that is kept of somebody, in words."""
    number, names = one.number or 0, _(", ").join(one.names)
    match one.what:
        case Kept.NAME_AND_CARD:
            return _("Name and card number")
        case Kept.PIN:
            return _("Their PIN")
        case Kept.TEMPLATES:
            return ngettext("%(num)s face template", "%(num)s face templates", number)
        case Kept.FORMER:
            return ngettext("%(num)s older template", "%(num)s older templates", number)
        case Kept.RENEWALS:
            return ngettext(
                "%(num)s template learnt from a visit",
                "%(num)s templates learnt from visits",
                number,
            )
        case Kept.PICTURES:
            return ngettext(
                "%(num)s picture of the enrolment", "%(num)s pictures of enrolments", number
            )
        case Kept.ENROLMENTS:
            return ngettext("%(num)s enrolment", "%(num)s enrolments", number)
        case Kept.GROUPS if names:
            return _("Membership in: %(groups)s", groups=names)
        case Kept.GROUPS:
            return ngettext("Membership in %(num)s group", "Membership in %(num)s groups", number)
        case Kept.RULES:
            return ngettext("%(num)s rule about them", "%(num)s rules about them", number)
        case Kept.AREAS:
            return _("Where they are: %(areas)s", areas=names)
        case Kept.SAMPLES:
            return ngettext(
                "%(num)s sample of broken messages, which could have shown them",
                "%(num)s samples of broken messages, which could have shown them",
                number,
            )
