"""What do the audit's verdicts and the counts of scores come to, at this site?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from brain.core.scores import ScoreKind, quantile, share_from
from brain.core.sweep import Sweep
from brain.core.visit_counts import VERDICTS, VisitCounts
from brain.statistics_ports import Wanted
from brain.store_ports import PeopleStore, Work

DAY_S: Final = 86_400.0

HOURS: Final = range(24)

LABELS: Final = {
    ScoreKind.RESIDENT: "let in: to themselves",
    ScoreKind.OTHER: "let in: to nearest other",
    ScoreKind.UNKNOWN: "refused as unknown",
}
"""Whose scores they are, in words; see `ScoreKind`."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """A site's last days.

    Attributes:
        since: from when, aware.
        visits: verdicts by hour, reason and door.
        scores: counts of scores by encoder and kind.
    """

    since: datetime
    visits: VisitCounts
    scores: Mapping[str, Mapping[ScoreKind, Counter[int]]]

    @property
    def zone(self) -> str:
        """Whose time it is, by name."""
        return str(self.since.tzinfo)


def gather(store: PeopleStore, now: float, days: int, zone: ZoneInfo) -> Statistics:
    """Count the last days, today's included.

    Args:
        store: open.
        now: seconds since 1970.
        days: how many.
        zone: the site's own time.

    Raises:
        StoreError: the database cannot say.
    """
    today = datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - timedelta(days - 1)
    visits = VisitCounts()
    # A door's own time may be a little ahead.
    sweep = Sweep(since.timestamp(), now + DAY_S)
    while not sweep.over:
        with store.work() as work:
            sweep = count(work, sweep, visits, zone)
    scores: dict[str, dict[ScoreKind, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    with store.work() as work:
        for one in work.scores.since(since.date()):
            scores[one.encoder][one.kind][one.place] += one.visits
    return Statistics(since, visits, {name: dict(kinds) for name, kinds in scores.items()})


def count(
    work: Work, sweep: Sweep, visits: VisitCounts, zone: tzinfo, door: str | None = None
) -> Sweep:
    """Count the next stretch, so short that a running brain waits for nobody, and go on.

    Args:
        work: a transaction for it alone.
        sweep: which one.
        visits: what there is so far; it grows.
        zone: the site's own time.
        door: there alone.
    """
    wanted = Wanted(since=sweep.at, until=sweep.end, what=VERDICTS, door=door)
    number = 0
    for one in work.audit.tally(wanted):
        visits.add(one.at, one.what, one.reason, one.door, zone, times=one.times)
        number += one.times
    return sweep.after(number)


def page(found: Statistics) -> Iterator[str]:
    """Everything as lines of text."""
    visits = found.visits
    yield (
        f"since {found.since:%Y-%m-%d} ({found.zone}): visits {visits.visits}, let in "
        f"{visits.granted.total()}, days with visits {visits.days}"
    )
    yield ""
    yield "hour   let in  refused"
    for hour in HOURS:
        if visits.granted[hour] or visits.refused[hour]:
            counts = f"{visits.granted[hour]:8d} {visits.refused[hour]:8d}"
            yield f"{hour:02d}-{hour + 1:02d} {counts}"
    yield ""
    yield "refused as"
    for reason, count in visits.reasons.most_common():
        yield f"  {reason:24s} {count:6d}  {count / visits.refused.total():6.1%}"
    yield ""
    yield "at door"
    for door, count in visits.doors.most_common():
        yield f"  {door:24s} {count:6d}"
    for encoder, kinds in found.scores.items():
        yield ""
        yield from _scores(encoder, kinds)


def threshold(kinds: Mapping[ScoreKind, Counter[int]]) -> float | None:
    """What was asked of half of the visits, or more; it moves with the gallery."""
    return quantile(kinds.get(ScoreKind.THRESHOLD, Counter()), 0.5)


def _scores(encoder: str, kinds: Mapping[ScoreKind, Counter[int]]) -> Iterator[str]:
    asked = threshold(kinds)
    yield f"scores of {encoder}" + ("" if asked is None else f", threshold {asked:.3f} (median)")
    yield f"  {'':24s} visits     1 %  median    99 %   at or above the threshold"
    for kind, label in LABELS.items():
        counts = kinds.get(kind, Counter())
        marks = [quantile(counts, share) for share in (0.01, 0.5, 0.99)]
        if asked is None or not counts.total():
            continue
        shown = " ".join(f"{mark:7.3f}" for mark in marks if mark is not None)
        yield f"  {label:24s} {counts.total():6d} {shown}   {share_from(counts, asked):6.1%}"
