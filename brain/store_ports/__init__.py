"""What does the brain ask of its database? One protocol for each aggregate, one over all.

One module for each group of aggregates; everybody imports them from here.
"""

from __future__ import annotations

from brain.store_ports.audit import AuditEntry, AuditLog
from brain.store_ports.doors import DoorLedger, DoorRecord, Events, SiteOrders
from brain.store_ports.enrolments import Enrolments
from brain.store_ports.erasures import Erasure, Erasures
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
    "DoorLedger",
    "DoorRecord",
    "Enrolments",
    "Erasure",
    "Erasures",
    "Events",
    "FormerTemplates",
    "Marks",
    "PeopleStore",
    "Remembered",
    "Renewals",
    "Renewed",
    "Residents",
    "Selection",
    "SiteOrders",
    "TemplateSet",
    "Templates",
    "Transactions",
    "Work",
]
