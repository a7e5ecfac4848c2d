"""What does the brain ask of its database? One protocol for each aggregate, one over all.

One module for each group of aggregates; everybody imports them from here.
"""

from __future__ import annotations

from brain.store_ports.audit import AuditEntry, AuditLog, AuditPage, Numbered, SeenVisit, Tally
from brain.store_ports.doors import DoorLedger, DoorRecord, SiteOrders
from brain.store_ports.enrolments import Enrolments
from brain.store_ports.erasures import Erasure, Erasures
from brain.store_ports.events import EventPage, EventPlace, Events, EventsWanted, KeptEvent
from brain.store_ports.residents import EVERYBODY, Residents, Selection
from brain.store_ports.templates import (
    FormerTemplates,
    Marks,
    Renewals,
    Renewed,
    Templates,
    TemplateSet,
)
from brain.store_ports.transactions import Remembered, Transactions
from brain.store_ports.work import PeopleStore, Work

__all__ = [
    "EVERYBODY",
    "AuditEntry",
    "AuditLog",
    "AuditPage",
    "DoorLedger",
    "DoorRecord",
    "Enrolments",
    "Erasure",
    "Erasures",
    "EventPage",
    "EventPlace",
    "Events",
    "EventsWanted",
    "FormerTemplates",
    "KeptEvent",
    "Marks",
    "Numbered",
    "PeopleStore",
    "Remembered",
    "Renewals",
    "Renewed",
    "Residents",
    "SeenVisit",
    "Selection",
    "SiteOrders",
    "Tally",
    "TemplateSet",
    "Templates",
    "Transactions",
    "Work",
]
