"""What does `log` answer? Entries of the audit, by what is looked for; it changes nothing."""

from __future__ import annotations

from typing import Any

from brain.asking import Asker
from brain.errors import RequestRefused
from brain.operations import House, known
from brain.statistics_ports import Wanted
from brain.store_ports import Work
from doorbus.messages import ErrorCode, ReadLog


def read_log(_: House, work: Work, asker: Asker, request: ReadLog) -> dict[str, Any]:
    """Some entries, the newest first, each with the name of whom it concerns.

    Raises:
        RequestRefused: nobody has the card, or the asker may not be told whose it is.
    """
    resident = request.resident
    if request.card is not None:
        if not asker.sees_names:
            raise RequestRefused(
                ErrorCode.NOT_ALLOWED, "log.card: names and cards are not for you; leave it out"
            )
        resident = known(work, request.card).id
    wanted = Wanted(
        since=request.since,
        until=request.until,
        door=request.door,
        reason=request.reason,
        what=() if request.what is None else (request.what,),
        resident=resident,
        actor=request.admin,
        before=request.before,
    )
    # One more than is asked for tells whether there is another page.
    found = work.audit.find(wanted, request.limit + 1)
    page = found[: request.limit]
    people = {entry.resident for _, entry in page if entry.resident is not None}
    if not asker.sees_names:
        people = set()
    names = {one: person.name for one in people if (person := work.residents.by_id(one))}
    return {
        "entries": [
            {
                "number": number,
                "at": entry.at,
                "actor": entry.actor,
                "what": entry.what,
                "reason": entry.reason,
                "door": entry.door,
                "resident": entry.resident,
                "name": names.get(entry.resident or ""),
            }
            for number, entry in page
        ],
        "before": page[-1][0] if len(found) > len(page) else None,
    }
