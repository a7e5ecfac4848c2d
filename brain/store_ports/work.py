"""What can be done in one transaction, and what is asked of the database as a whole?"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from brain.code_ports import Passes, Pins
from brain.rules_ports import AccessTables
from brain.statistics_ports import Scores
from brain.store_ports.audit import AuditLog
from brain.store_ports.doors import DoorLedger, SiteOrders
from brain.store_ports.enrolments import Enrolments
from brain.store_ports.erasures import Erasures
from brain.store_ports.events import Events
from brain.store_ports.residents import Residents
from brain.store_ports.templates import FormerTemplates, Marks, Renewals, Templates
from brain.store_ports.transactions import Transactions


class Work(Protocol):
    """One database transaction, and everything that can be done in it."""

    @property
    def residents(self) -> Residents:
        """The people."""
        ...

    @property
    def enrolments(self) -> Enrolments:
        """Enrolments and frames."""
        ...

    @property
    def templates(self) -> Templates:
        """Templates and the gallery's version."""
        ...

    @property
    def former(self) -> FormerTemplates:
        """Templates before the last re-enrolment."""
        ...

    @property
    def renewals(self) -> Renewals:
        """Templates of confirmed visits."""
        ...

    @property
    def marks(self) -> Marks:
        """Whose templates are not what they were."""
        ...

    @property
    def doors(self) -> DoorLedger:
        """Doors."""
        ...

    @property
    def site_orders(self) -> SiteOrders:
        """Orders for several doors."""
        ...

    @property
    def transactions(self) -> Transactions:
        """Administrators' requests."""
        ...

    @property
    def audit(self) -> AuditLog:
        """The audit."""
        ...

    @property
    def scores(self) -> Scores:
        """Counts of scores."""
        ...

    @property
    def events(self) -> Events:
        """Doors' events."""
        ...

    @property
    def erasures(self) -> Erasures:
        """What doors have yet to erase."""
        ...

    @property
    def access(self) -> AccessTables:
        """Access rules, and where people are."""
        ...

    @property
    def pins(self) -> Pins:
        """PINs of residents."""
        ...

    @property
    def passes(self) -> Passes:
        """Visitors' passes."""
        ...


class PeopleStore(Protocol):
    """The database."""

    def start(self) -> None:
        """Open it and bring its tables up to date. Raises `StoreError`."""
        ...

    def stop(self) -> None:
        """Close it. Twice is harmless."""
        ...

    def work(self) -> AbstractContextManager[Work]:
        """Do something all or nothing: durable once the block ended, undone where it raised.

        Raises `StoreError` where the database cannot do it.
        """
        ...

    def size(self) -> int:
        """Bytes that it takes. Raises `StoreError` where it cannot say."""
        ...

    def scrub(self) -> None:
        """Leave no trace of what was erased in files kept beside the database."""
        ...
