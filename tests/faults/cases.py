"""Which fault cases are there, under which number and name, and which tests play them?

Every test in this folder carries `@case(number, name)`; cases that are proved elsewhere are named
in `ELSEWHERE` by the tests that prove them. `make faults` runs both and ends with their table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., object])

NUMBER: Final = "fault_number"
NAME: Final = "fault_name"
DID: Final = "fault_did"
COUNTED: Final = "fault_counted"
GOAL: Final = "fault_goal"


def case(number: int, name: str, goal: str) -> Callable[[Test], Test]:
    """Give a test its place in the table.

    Args:
        number: of the case; several tests may share one.
        name: what is done to the system, in a few words.
        goal: what must come of it, in a few words.
    """

    def mark(test: Test) -> Test:
        marked: Test = pytest.mark.fault(number, name, goal)(test)
        return marked

    return mark


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A case that tests of other folders prove.

    Attributes:
        number: of the case.
        name: as in `case`.
        goal: as in `case`.
        tests: node ids below `tests/`, or their beginnings.
    """

    number: int
    name: str
    goal: str
    tests: tuple[str, ...]


_VISIT: Final = "unit/test_edge_visit.py::"
_CODES: Final = "unit/test_edge_visit_codes.py::"
_TRUST: Final = "integration/test_broker_trust.py::"
_KEYS: Final = "unit/test_doorctl_keys_change.py::"
_REST: Final = "integration/test_brain_at_rest.py::"

ELSEWHERE: Final = (
    Elsewhere(
        24,
        "pictures that kill, hang, bloat or take over what looks at them",
        "denied, replaced, kept sealed; no key, file or connection within reach",
        ("unit/test_brain_lookers.py::", "integration/test_brain_hostile.py::"),
    ),
    Elsewhere(
        51,
        "faces refused again and again: a pause; PINs and passes work on, and the reverse",
        "strangers lock nobody out",
        (
            f"{_VISIT}test_five_refused_attempts_in_a_row_pause_the_door",
            f"{_VISIT}test_pauses_double_up_to_five_minutes",
            f"{_CODES}test_refused_faces_rest_the_faces_and_not_the_codes",
            f"{_CODES}test_repeated_wrong_codes_rest_the_codes_and_not_the_faces",
            f"{_CODES}test_a_pass_works_while_faces_are_paused",
        ),
    ),
    Elsewhere(
        60,
        "expired certificate",
        "refused",
        (f"{_TRUST}test_an_expired_certificate_is_refused",),
    ),
    Elsewhere(
        61,
        "revoked certificates and live connections of theirs",
        "no connection, no rights",
        (
            f"{_TRUST}test_a_revoked_certificate_opens_no_connection_once_the_broker_has_read_the_list",
            f"{_TRUST}test_a_live_connection_of_a_revoked_door_has_no_rights_after_a_reload_and_ends_with_a_restart",
            f"{_TRUST}test_a_live_connection_of_a_revoked_administrator_has_no_rights_after_a_reload",
            f"{_TRUST}test_a_ticket_of_an_earlier_connection_does_not_get_a_revoked_door_in",
        ),
    ),
    Elsewhere(
        62,
        "certificates named `+`, `#`, `$SYS` or with a slash",
        "no rights of others",
        (
            f"{_TRUST}test_a_certificate_named_like_a_wildcard_may_do_nothing_of_others",
            f"{_TRUST}test_a_certificate_with_a_slash_would_write_below_another_door_so_none_is_issued",
        ),
    ),
    Elsewhere(
        63,
        "`#` and `$share` subscriptions by a door",
        "nothing of others",
        (f"{_TRUST}test_a_shared_subscription_and_a_wildcard_bring_a_door_nothing_of_others",),
    ),
    Elsewhere(
        64,
        "client-id take-over across listeners",
        "nobody is thrown out",
        (
            f"{_TRUST}test_staff_cannot_claim_the_id_of_a_door",
            f"{_TRUST}test_a_door_has_its_name_for_an_id_whatever_it_asks_for",
            f"{_TRUST}test_an_administrator_who_claims_the_brains_name_throws_it_not_out",
        ),
    ),
    Elsewhere(
        65,
        "a door named like a role",
        "no certificate",
        (f"{_KEYS}test_a_door_cannot_be_named_like_a_role",),
    ),
    Elsewhere(
        66,
        "a copy of the brain's disk, the door's spool, the broker's database",
        "no face, name, card, template",
        (
            f"{_REST}test_the_brains_disk_shows_no_face_no_name_no_card_and_no_template",
            f"{_REST}test_after_removal_not_even_the_keys_open_a_copy_that_was_stolen_before",
            f"{_REST}test_a_doors_spool_shows_no_face_and_is_empty_once_all_is_confirmed",
            f"{_REST}test_the_brokers_database_holds_no_face_no_name_and_no_card",
        ),
    ),
    Elsewhere(
        67,
        "the audit edited, cut, reordered",
        "shows",
        ("unit/test_brain_core_audit_chain.py::",),
    ),
    Elsewhere(
        68,
        "broken keys, newer data, a read-only disk, another site's database",
        "refused at start, with the file",
        ("integration/test_brain_refused_starts.py::",),
    ),
    Elsewhere(
        69,
        "a broker that allows what it should not",
        "the doctor finds it by trying",
        ("integration/test_doctor_broker.py::",),
    ),
    Elsewhere(
        70,
        "the lock's process and its edge killed, stopped, garbled, late",
        "closed within its hold",
        ("unit/test_edge_lock_process.py::", "unit/test_edge_lock_bolt.py::"),
    ),
    Elsewhere(
        71,
        "backups while it runs, damaged and foreign ones",
        "nothing acknowledged before is lost",
        ("unit/test_brain_backup.py::",),
    ),
)
"""Cases proved by tests elsewhere."""


@dataclass(slots=True)
class Row:
    """One line of the table; `marked` where a test of this folder plays it."""

    number: int
    name: str
    goal: str
    marked: bool = False
    did: list[str] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)
    passed: int = 0
    failed: int = 0
    skipped: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """`ok`, `SHORT`, or why it did not run."""
        if self.failed:
            return "SHORT"
        return "ok" if self.passed else "; ".join(dict.fromkeys(self.skipped)) or "not run"
