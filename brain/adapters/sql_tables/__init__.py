"""How do people, enrolments, doors and records lie in the database?

One module for each group of tables; everybody imports them from here, so that `metadata` knows all.
The migrations in `brain.migrations` make these tables; a test compares the two.
"""

from __future__ import annotations

from brain.adapters.sql_tables.access_rules import (
    access,
    came_in,
    door_group,
    holiday,
    member,
    passback,
    place,
    resident_group,
    rule,
    schedule,
)
from brain.adapters.sql_tables.codes import pin, pin_code, visitor_pass
from brain.adapters.sql_tables.doors import door, event, site_order
from brain.adapters.sql_tables.naming import metadata
from brain.adapters.sql_tables.people import (
    encoder,
    enrolment,
    erasure,
    former,
    frame,
    gallery,
    renewal,
    resident,
    template,
)
from brain.adapters.sql_tables.records import audit, request, score, seen_visit, site

__all__ = [
    "access",
    "audit",
    "came_in",
    "door",
    "door_group",
    "encoder",
    "enrolment",
    "erasure",
    "event",
    "former",
    "frame",
    "gallery",
    "holiday",
    "member",
    "metadata",
    "passback",
    "pin",
    "pin_code",
    "place",
    "renewal",
    "request",
    "resident",
    "resident_group",
    "rule",
    "schedule",
    "score",
    "seen_visit",
    "site",
    "site_order",
    "template",
    "visitor_pass",
]
