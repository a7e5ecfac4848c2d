"""What do `list`, `show`, `export` and `erasures` answer? They change nothing of a resident."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np

from brain import evidence
from brain.core.access import Resident
from brain.core.enrolment import Enrolment
from brain.core.lookalikes import lookalikes
from brain.errors import RequestRefused
from brain.operations import House, known
from brain.rules_reading import about
from brain.statistics_ports import Wanted
from brain.store_ports import SeenVisit, Selection, Work
from doorbus.messages import (
    ErrorCode,
    ExportResident,
    ListErasures,
    ListResidents,
    Show,
)
from matching.gallery import Vectors

MOST_BYTES = 900_000
"""Of a response's data, so that it fits a message with its head."""

MOST_LINES = 2000
"""Lines of the audit that are looked at for an answer."""


def list_residents(house: House, work: Work, request: ListResidents) -> dict[str, Any]:
    """Who is known, by name."""
    which = _selected(house, work, request)
    page = work.residents.page(request.offset, request.limit, which)
    alike = _lookalikes(house, [resident.id for resident, _ in page])
    residents = [
        _plain(resident)
        | {"enrolment": state.value if state else None, "lookalikes": alike[resident.id]}
        for resident, state in page
    ]
    return {
        "total": work.residents.count(which),
        "offset": request.offset,
        "residents": fitting(residents, MOST_BYTES),
    }


def _selected(house: House, work: Work, request: ListResidents) -> Selection:
    among: frozenset[str] | None = None
    outside: frozenset[str] = frozenset()
    if request.group is not None:
        if request.group not in work.access.groups():
            raise RequestRefused(
                ErrorCode.UNKNOWN_GROUP, "group: no group has this name; `access` shows all"
            )
        members = work.access.members(request.group, 0, work.residents.count())
        among = frozenset(one.id for one in members)
    if request.enrolled is not None:
        enrolled = work.templates.enrolled(house.gallery.encoder)
        if request.enrolled:
            among = enrolled if among is None else among & enrolled
        else:
            outside = enrolled
    return Selection(request.name, request.card, request.enabled, among, outside)


def show(house: House, work: Work, request: Show) -> dict[str, Any]:
    """One resident with the latest enrolment."""
    resident = known(work, request.card)
    encoder = house.gallery.encoder
    latest = next(iter(work.enrolments.of(resident.id)), None)
    enrolment = None
    if latest is not None:
        enrolment = {
            "enrolment": latest.id,
            "door": latest.door or None,
            "source": _source(latest),
            "state": latest.state.value,
            "stored": len(work.enrolments.frames(latest.id).stored),
            "count": latest.count,
            "reason": latest.reason,
            "created": latest.created,
        }
    former = work.former.of(resident.id)
    undoable = former is not None and former.encoder == encoder
    return (
        _plain(resident)
        | about(work, resident.id)
        | {
            "templates": work.templates.count(resident.id, encoder),
            "renewals": len(work.renewals.of(resident.id, encoder)),
            "former": len(former.vectors) if former is not None and undoable else 0,
            "pin": work.pins.has(resident.id),
            "lookalikes": _lookalikes(house, [resident.id])[resident.id],
            "enrolment": enrolment,
        }
    )


def export(house: House, work: Work, request: ExportResident) -> dict[str, Any]:
    """All that is kept about one resident, pictures aside, as much as fits a message."""
    resident = known(work, request.card)
    return kept_of(work, resident, house.frames.enrolments(), house.gallery.encoder, MOST_BYTES)


def kept_of(
    work: Work, resident: Resident, there: set[str], encoder: str, most: int | None = None
) -> dict[str, Any]:
    """All that is kept about one resident, pictures aside.

    Args:
        work: the transaction.
        resident: who.
        there: enrolments of which pictures are kept.
        encoder: which one the gallery is of.
        most: bytes as JSON; what is beyond is counted in `left_out`. None for everything.
    """
    former = work.former.of(resident.id)
    templates = work.templates.of(resident.id, encoder)
    total = work.audit.count_about(resident.id)
    limit = total if most is None else MOST_LINES
    lines = work.audit.page(Wanted(resident=resident.id), limit, limit).lines
    data: dict[str, Any] = _plain(resident) | about(work, resident.id)
    data["pin"] = work.pins.has(resident.id)
    parts: dict[str, list[dict[str, Any]]] = {
        "enrolments": [_whole(work, one, there) for one in work.enrolments.of(resident.id)],
        "templates": [] if templates is None else [_set(templates.encoder, templates.vectors)],
        "former": [] if former is None else [_set(former.encoder, former.vectors)],
        "renewals": [
            _set(encoder, one.vector[None]) | {"at": one.at, "door": one.door, "visit": one.visit}
            for one in work.renewals.of(resident.id, encoder)
        ],
        "audit": [
            {"at": one.entry.at, "actor": one.entry.actor, "what": one.entry.what}
            | {"door": one.entry.door, "reason": one.entry.reason}
            | ({} if one.seen is None else _seen(one.seen))
            for one in lines
        ],
    }
    left_out: dict[str, int] = {}
    for name, every in parts.items():
        room = None if most is None else most - len(json.dumps(data).encode())
        data[name] = every if room is None else fitting(every, room)
        missing = (total if name == "audit" else len(every)) - len(data[name])
        if missing:
            left_out[name] = missing
    return data | {"left_out": left_out}


def list_erasures(_: House, work: Work, __: ListErasures) -> dict[str, Any]:
    """Which doors have yet to confirm whose erasure."""
    found: dict[str, dict[str, Any]] = {}
    for one in work.erasures.open():
        row = found.setdefault(
            one.resident, {"resident": one.resident, "at": one.at, "waiting": []}
        )
        row["waiting"].append(one.door)
    return {"erasures": fitting(list(found.values()), MOST_BYTES)}


def _plain(resident: Resident) -> dict[str, Any]:
    return {
        "resident": resident.id,
        "name": resident.name,
        "card": resident.card,
        "enabled": resident.enabled,
    }


def _whole(work: Work, one: Enrolment, there: set[str]) -> dict[str, Any]:
    stored = len(work.enrolments.frames(one.id).stored)
    return {
        "enrolment": one.id,
        "source": _source(one),
        "door": one.door or None,
        "state": one.state.value,
        "count": one.count,
        "stored": stored,
        "frames": stored if one.id in there else 0,
        "reason": one.reason,
        "created": one.created,
    }


def _seen(one: SeenVisit) -> dict[str, Any]:
    seen = {} if one.evidence is None else {"evidence": evidence.told(one.evidence, scores=True)}
    return {"visit": one.visit} | seen


def _source(one: Enrolment) -> str:
    return "upload" if one.uploaded else "door"


def _set(encoder: str, vectors: Vectors) -> dict[str, Any]:
    plain = np.ascontiguousarray(vectors, "<f4")
    return {
        "encoder": encoder,
        "dimensions": int(plain.shape[1]),
        "vectors": base64.b64encode(plain.tobytes()).decode(),
    }


def fitting(items: list[dict[str, Any]], room: int) -> list[dict[str, Any]]:
    """The first of some items, as many as fit so many bytes of JSON."""
    fitting = []
    for item in items:
        # With the comma and, to be sure, letters beyond ASCII spelt out.
        room -= len(json.dumps(item)) + 2
        if room < 0:
            break
        fitting.append(item)
    return fitting


def _lookalikes(house: House, residents: list[str]) -> dict[str, list[str]]:
    """Lookalikes in the gallery as it is now, by the threshold that holds now."""
    now = house.gallery.standing()
    found = lookalikes(residents, now.gallery, now.rule.threshold)
    return {resident: list(alike) for resident, alike in found.items()}
