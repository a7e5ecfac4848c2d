"""Who may enter where, and when? Pure: rules and facts in, a decision with its reason out."""

from __future__ import annotations

from brain.core.access.book import Book, Holding, Site
from brain.core.access.passback import Mode, Passback, Standing, broken, passed
from brain.core.access.resident import Resident
from brain.core.access.rules import Default, Effect, Rule, concerning
from brain.core.access.ruling import Facts, Ruling, Second, objection, ruling

__all__ = [
    "Book",
    "Default",
    "Effect",
    "Facts",
    "Holding",
    "Mode",
    "Passback",
    "Resident",
    "Rule",
    "Ruling",
    "Second",
    "Site",
    "Standing",
    "broken",
    "concerning",
    "objection",
    "passed",
    "ruling",
]
