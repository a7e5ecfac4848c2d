"""What do `add`, `rename`, `disable`, `enable` and `remove` do, within one database transaction?"""

from __future__ import annotations

from collections.abc import Callable

from brain.core import enrolment as rules
from brain.core.access import Resident
from brain.enrolment_operations import cancelled
from brain.errors import RequestRefused
from brain.operations import Done, House, consent_noted, known, new_id
from brain.store_ports import Work
from doorbus.messages import Add, Disable, Enable, ErrorCode, Remove, Rename


def add(_: House, work: Work, request: Add) -> Done:
    """Make a resident known."""
    if work.residents.by_card(request.card) is not None:
        raise _card_taken()
    resident = Resident(new_id("r"), request.name, request.card)
    noted = consent_noted(request.consent, resident)
    work.residents.add(resident)
    return Done({"resident": resident.id, "enabled": True}, resident.id, reason=noted)


def rename(_: House, work: Work, request: Rename) -> Done:
    """Give a resident another name, another card, or both."""
    resident = known(work, request.card)
    name = resident.name if request.name is None else request.name
    card = resident.card if request.new_card is None else request.new_card
    changed = [
        what
        for what, differs in (("name", name != resident.name), ("card", card != resident.card))
        if differs
    ]
    if "card" in changed and work.residents.by_card(card) is not None:
        raise _card_taken()
    if changed:
        work.residents.rename(resident.id, name, card)
    return Done(
        {"resident": resident.id, "changed": changed},
        resident.id,
        reason=f"changed: {', '.join(changed) or 'nothing'}",
    )


def disable(_: House, work: Work, request: Disable) -> Done:
    """Let a resident in nowhere."""
    return _set_enabled(work, request.card, enabled=False)


def enable(_: House, work: Work, request: Enable) -> Done:
    """Undo `disable`."""
    return _set_enabled(work, request.card, enabled=True)


def remove(house: House, work: Work, request: Remove) -> Done:
    """Erase a resident here, and have every door forget them.

    Pictures go first: what is said to be erased is erased.
    """
    resident = known(work, request.card)
    enrolments = work.enrolments.of(resident.id)
    templates = work.templates.count(resident.id)
    former = work.former.of(resident.id)
    renewals = work.renewals.drop(resident.id)
    in_gallery = work.templates.count(resident.id, house.gallery.encoder)
    after: list[Callable[[], object]] = [
        cancelled(house, work, one) for one in enrolments if one.state in rules.OPEN
    ]
    frames = sum(house.frames.erase(one.id) for one in enrolments)
    samples = house.quarantine.clear()
    pin = work.pins.drop(resident.id)
    groups = len(work.access.groups_of(resident.id))
    own_rules = [one for one in work.access.site().rules if one.resident == resident.id]
    if own_rules:
        work.access.changed()
    visits = work.audit.forget_seen_of(resident.id)
    work.residents.erase(resident.id)
    if in_gallery:
        version = work.templates.next_version()
        after.append(lambda: house.gallery.drop(version, resident.id))
    waiting = house.erasing.begin(work, resident.id, enrolments)
    after.append(house.store.scrub)
    after.append(lambda: house.erasing.ask(resident.id))
    database = {
        "name": True,
        "card": True,
        "templates": templates,
        "former": 0 if former is None else len(former.vectors),
        "renewals": renewals,
        "enrolments": len(enrolments),
        "groups": groups,
        "rules": len(own_rules),
        "pin": pin,
        "visits": visits,
    }
    data = {
        "resident": resident.id,
        "erased": {"database": database, "frames": frames, "quarantine": samples},
        "waiting": waiting,
    }
    return Done(data, resident.id, None, tuple(after))


def _set_enabled(work: Work, card: str, *, enabled: bool) -> Done:
    resident = known(work, card)
    work.residents.set_enabled(resident.id, enabled=enabled)
    work.access.changed()  # caches of other brains' doors hold whoever is enabled
    return Done({"resident": resident.id, "enabled": enabled}, resident.id)


def _card_taken() -> RequestRefused:
    return RequestRefused(ErrorCode.CARD_TAKEN, "this card belongs to a resident already")
