"""Which rules could concern somebody at a door? All of a site's rules, ready to be asked.

Made anew whenever a rule changes, so that a decision looks at few rules however many there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo

from brain.core.access.passback import Passback
from brain.core.access.rules import Default, Effect, Rule, valid_before, valid_since
from doorbus.messages import Schedule

_EVERYBODY = ("", "")
_EVERYWHERE = ""
_NOBODY: AbstractSet[str] = frozenset()

Who = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Holding:
    """A rule, with all that its words stand for.

    Attributes:
        rule: as it was written.
        schedule: when it holds; None for always.
        begins: from when on, in UTC.
        ends: before when, in UTC.
        places: doors where it holds; None for all.
    """

    rule: Rule
    schedule: Schedule | None
    begins: datetime | None
    ends: datetime | None
    places: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Site:
    """What administrators made known, as it is kept.

    Attributes:
        rules: in the order of their numbers.
        schedules: by name.
        holidays: local dates.
        doors: groups of doors, by name.
        areas: where somebody must come out before coming in again.
    """

    rules: tuple[Rule, ...] = ()
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()
    doors: Mapping[str, frozenset[str]] = field(default_factory=dict)
    areas: tuple[Passback, ...] = ()


class Book:
    """A site's rules, found by person and door.

    Args:
        site: rules, and what they name.
        zone: the site's time zone.
        default: who may enter where no rule matches.
        defaults: the same for single doors.
    """

    def __init__(
        self,
        site: Site,
        zone: tzinfo,
        default: Default = Default.EVERYBODY,
        defaults: Mapping[str, Default] | None = None,
    ) -> None:
        self.site = site
        self.zone = zone
        self._default = default
        self._defaults = dict(defaults or {})
        self._found: dict[Effect, dict[str, dict[Who, list[Holding]]]] = {
            effect: defaultdict(lambda: defaultdict(list)) for effect in Effect
        }
        self._areas: dict[str, tuple[Passback, ...]] = {}
        self._after: dict[str, set[str]] = defaultdict(set)
        self._minute = -1
        self._ends: dict[str, datetime | None] = {}
        for rule in site.rules:
            self._enter(rule)
        for door in {door for area in site.areas for door in area.inside | area.outside}:
            self._areas[door] = tuple(
                area for area in site.areas if door in area.inside or door in area.outside
            )

    def default(self, door: str) -> Default:
        """Who may enter there where no rule matches."""
        return self._defaults.get(door, self._default)

    def local(self, seconds: float) -> datetime:
        """A moment in the site's own time; `seconds` since 1970."""
        return datetime.fromtimestamp(seconds, UTC).astimezone(self.zone)

    def areas(self, door: str) -> tuple[Passback, ...]:
        """The areas that the door belongs to."""
        return self._areas.get(door, ())

    def waits(self, door: str) -> AbstractSet[str]:
        """Groups of which somebody must have come in before a rule counts at that door."""
        return self._after.get(door, _NOBODY) | self._after.get(_EVERYWHERE, _NOBODY)

    def end(self, schedule: Schedule, now: datetime, minute: int) -> datetime | None:
        """When a schedule's present window ends; None where it does not hold.

        Args:
            schedule: of this book.
            now: in the site's own time.
            minute: the same in whole minutes since 1970; within one, no schedule changes.
        """
        if minute != self._minute:
            self._minute, self._ends = minute, {}
        if schedule.name not in self._ends:
            self._ends[schedule.name] = schedule.until(now, self.site.holidays)
        return self._ends[schedule.name]

    def about(
        self, effect: Effect, resident: str, groups: Iterable[str], door: str
    ) -> Iterator[Holding]:
        """Rules of this effect about a person at a door, whatever the time; some order, always one.

        Rules about everybody come first, then those about the person, then those about groups.
        """
        whoever: tuple[Who, ...] = (
            _EVERYBODY,
            ("resident", resident),
            *(("group", group) for group in sorted(groups)),
        )
        for place in (door, _EVERYWHERE):
            by_who = self._found[effect].get(place)
            if by_who:
                for who in whoever:
                    yield from by_who.get(who, ())

    def at(self, door: str) -> Iterator[Holding]:
        """Every rule that may count at a door, whomever it is about."""
        for by_place in self._found.values():
            for place in (door, _EVERYWHERE):
                for holdings in by_place.get(place, {}).values():
                    yield from holdings

    def _enter(self, rule: Rule) -> None:
        places = None
        if rule.door is not None:
            places = frozenset({rule.door})
        elif rule.doors is not None:
            places = self.site.doors[rule.doors]
        holding = Holding(
            rule,
            None if rule.schedule is None else self.site.schedules[rule.schedule],
            None if rule.valid_from is None else valid_since(rule.valid_from, self.zone),
            None if rule.valid_until is None else valid_before(rule.valid_until, self.zone),
            places,
        )
        who = _EVERYBODY
        if rule.resident is not None:
            who = ("resident", rule.resident)
        elif rule.group is not None:
            who = ("group", rule.group)
        for place in {_EVERYWHERE} if places is None else places:
            self._found[rule.effect][place][who].append(holding)
            if rule.after is not None:
                self._after[place].add(rule.after)
