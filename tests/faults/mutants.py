"""How does the product look without one of its defences? `--mutant NAME` breaks one, for tests.

The product has no switch for any of this: each mutant puts something else in a defence's place in
the test's own process. `python tests/faults/run_mutants.py` (`make mutants`) plays, for each, the
tests that should notice, and says which did.
"""

# ruff: noqa: PLC0415  # a mutant imports what it breaks, and only that
from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest

Break = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A defence that can be broken.

    Attributes:
        what: which defence is gone, in words.
        broken: puts something else in its place.
        tests: node ids below `tests/` that should turn red; one of them is enough.
    """

    what: str
    broken: Break
    tests: tuple[str, ...]


class _Any(int):
    """An epoch that equals every other."""

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = int.__hash__


class _AnyDoor(str):
    """A door's name that equals every other."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = str.__hash__


def _believing(wire: Any, topic: Any, key_of: Any) -> Any:
    """What `signing.verify` would be without its verification: whoever is named has signed."""
    from doorbus.errors import SignatureRefused
    from doorbus.signing import Stamp

    door = wire.properties.get("door", topic.level(wire.topic) or "front")
    if key_of(door) is None:
        raise SignatureRefused(f"{wire.topic}: names a door that is not known here")
    epoch = wire.properties.get("epoch", "1")
    return Stamp(door, int(epoch) if epoch.isdigit() else 1)


def _edge_signature(patch: pytest.MonkeyPatch) -> None:
    from doorbus import signing

    real = signing.verify

    def verify(wire: Any, topic: Any, key_of: Any) -> Any:
        if topic.template.startswith("verdict"):
            return _believing(wire, topic, key_of)
        return real(wire, topic, key_of)

    patch.setattr(signing, "verify", verify)


def _ack_signature(patch: pytest.MonkeyPatch) -> None:
    from doorbus import signing

    real = signing.verify

    def verify(wire: Any, topic: Any, key_of: Any) -> Any:
        if topic.template.startswith("ack"):
            return _believing(wire, topic, key_of)
        return real(wire, topic, key_of)

    patch.setattr(signing, "verify", verify)
    _reader_stamp(patch, lambda stamp: type(stamp)(stamp.door, _Any(stamp.epoch)))


def _brain_signature(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("brain.reading.verify", _believing)


def _reader_stamp(patch: pytest.MonkeyPatch, change: Callable[[Any], Any]) -> None:
    from doorbus import signing
    from edge import messages_in

    real = signing.verify

    class Signing:
        verify = staticmethod(lambda *given: change(real(*given)))

    patch.setattr(messages_in, "signing", Signing)


def _edge_epoch(patch: pytest.MonkeyPatch) -> None:
    _reader_stamp(patch, lambda stamp: type(stamp)(stamp.door, _Any(stamp.epoch)))


def _edge_door(patch: pytest.MonkeyPatch) -> None:
    from doorbus.topics import Topic

    # The topic's level names the door as well: two looks at one thing.
    patch.setattr(Topic, "level", lambda *_: None)
    _reader_stamp(patch, lambda stamp: type(stamp)(_AnyDoor(stamp.door), _Any(stamp.epoch)))


def _nonce(patch: pytest.MonkeyPatch) -> None:
    from edge.core.visit_asking import AskingTurn
    from edge.core.visit_state import Waiting

    real = AskingTurn._hear

    def hear(self: Any, verdict: Any) -> None:
        phase = self.door.phase
        if isinstance(phase, Waiting):
            verdict = verdict.model_copy(update={"nonce": phase.nonce, "visit": phase.visit})
        real(self, verdict)

    patch.setattr(AskingTurn, "_hear", hear)


def _edge_retained(patch: pytest.MonkeyPatch) -> None:
    from edge.messages_in import Reader

    real = Reader.read
    patch.setattr(Reader, "read", lambda self, wire: real(self, replace(wire, retain=False)))


def _brain_retained(patch: pytest.MonkeyPatch) -> None:
    from brain.administration import Administration

    real = Administration.take
    patch.setattr(
        Administration, "take", lambda self, wire: real(self, replace(wire, retain=False))
    )


def _order(patch: pytest.MonkeyPatch, mend: Callable[[Any, Any], Any]) -> None:
    from edge.core import orders

    real = orders.take_order

    def take(state: Any, order: Any, now: float) -> Any:
        return mend(state, real(state, order, now))

    patch.setattr(orders, "take_order", take)


def _challenge_reuse(patch: pytest.MonkeyPatch) -> None:
    _order(patch, lambda state, taken: replace(taken, orders=state))


def _challenge_none(patch: pytest.MonkeyPatch) -> None:
    _order(patch, lambda _, taken: replace(taken, refusal=None))


def _command_number(patch: pytest.MonkeyPatch) -> None:
    from edge.core import orders

    patch.setattr(orders, "take_command", lambda state, _: orders.Taken(state))


def _late_verdict(patch: pytest.MonkeyPatch) -> None:
    from edge.core.visit import _Turn

    real = _Turn.expire

    def expire(self: Any) -> None:
        before = self.now
        self.now = before - 3600
        real(self)
        self.now = before

    patch.setattr(_Turn, "expire", expire)


def _freshness(patch: pytest.MonkeyPatch) -> None:
    from brain.core.freshness import Freshness

    patch.setattr("brain.recognition.assess", lambda *_: Freshness.NEW)


def _transaction(patch: pytest.MonkeyPatch) -> None:
    from brain.answering import Answering

    patch.setattr(Answering, "again", lambda *_: None)


def _enrolment_door(patch: pytest.MonkeyPatch) -> None:
    from brain.core import enrolment

    real = enrolment.objection

    def objection(one: Any, door: str, index: int, count: int) -> Any:  # noqa: ARG001
        return real(one, one.door if one else "", index, count)

    patch.setattr(enrolment, "objection", objection)


def _jpeg_header(patch: pytest.MonkeyPatch) -> None:
    from faces import jpeg

    patch.setattr(jpeg, "check_header", lambda *_: jpeg.Header(160, 160, 3))


def _life(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("brain.recognition.against_life", lambda *_: None)


def _copies(patch: pytest.MonkeyPatch) -> None:
    # Two looks at one thing: at the pictures' bytes, and at how far apart networks see them.
    patch.setattr("brain.recognition.frozen", lambda _: False)
    patch.setattr("matching.decision.movement", lambda _: 1.0)


def _pause(patch: pytest.MonkeyPatch) -> None:
    from edge.core import attempts

    patch.setattr(attempts, "refused", lambda state, *_: state)


def _heartbeat(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("edge.core.bolt.PATIENCE", 1e9)


def _hold(patch: pytest.MonkeyPatch) -> None:
    from edge.core import bolt

    real = bolt._hold
    patch.setattr(
        bolt, "_hold", lambda state, hold, now: real(state, replace(hold, seconds=1e6), now)
    )


def _stale_hold(patch: pytest.MonkeyPatch) -> None:
    from edge.core import bolt

    real = bolt._hold
    patch.setattr(bolt, "_hold", lambda state, hold, now: real(state, replace(hold, sent=now), now))


def _access_list(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("doorctl.broker.render_access_list", lambda _: "pattern readwrite #\n")


def _configuration(patch: pytest.MonkeyPatch, without: str) -> None:
    from doorctl import broker

    real = broker.render_configuration
    patch.setattr(
        broker,
        "render_configuration",
        lambda where: re.sub(rf"^{without}.*$", "", real(where), flags=re.MULTILINE),
    )


def _console_speaker(patch: pytest.MonkeyPatch) -> None:
    from doorbus import speaking
    from doorbus.errors import MessageError
    from doorbus.messages import Role, Speaker

    real = speaking.speaker_of

    def lenient(wire: Any) -> Speaker | None:
        nobody = Speaker(account="anybody", role=Role.ADMINISTRATOR)
        try:
            return real(wire) or (nobody if "/console." in wire.topic else None)
        except MessageError:
            return nobody

    patch.setattr("brain.asking.speaker_of", lenient)


def _certificate_names(patch: pytest.MonkeyPatch) -> None:
    from doorctl.authority import Authority

    patch.setattr(Authority, "_check", lambda *_: None)


def _take_over(patch: pytest.MonkeyPatch) -> None:
    from brain.doors import KnownDoors

    patch.setattr(KnownDoors, "take_over", lambda *_: None)


def _sealing(patch: pytest.MonkeyPatch) -> None:
    from brain.adapters.vault_aesgcm import Key

    patch.setattr(Key, "seal", lambda _, plain, place: plain)  # noqa: ARG005  # named so
    patch.setattr(Key, "open", lambda _, sealed, place: sealed)  # noqa: ARG005  # named so


def _erasure(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("brain.adapters.sql_people.SqlResidents.erase", lambda *_: None)


def _spool_seal(patch: pytest.MonkeyPatch) -> None:
    from edge.sealing import PictureSeal

    patch.setattr(PictureSeal, "seal", lambda _, picture, about: picture)  # noqa: ARG005
    patch.setattr(PictureSeal, "open", lambda _, sealed, about: sealed)  # noqa: ARG005


def _audit_chain(patch: pytest.MonkeyPatch) -> None:
    from brain.core import audit_chain

    patch.setattr(audit_chain, "code", lambda *_: bytes(32))


def _lanes(patch: pytest.MonkeyPatch) -> None:
    from brain.inbox import Inbox

    real = Inbox.put
    patch.setattr(Inbox, "put", lambda self, _, item: real(self, "all", item))


def _unconfined(patch: pytest.MonkeyPatch) -> None:
    # A looker is a process of its own, which takes this one's path: something there goes first.
    folder = Path(tempfile.mkdtemp(prefix="doorward-mutant-"))
    (folder / "sitecustomize.py").write_text(
        "import resource\nresource.setrlimit = lambda *_: None\n", encoding="ascii"
    )
    patch.syspath_prepend(folder)


def _endless_looks(patch: pytest.MonkeyPatch) -> None:
    from brain.nursery import Looker

    real = Looker.ask
    patch.setattr(Looker, "ask", lambda self, request, _: real(self, request, 3600.0))


def _bars(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("brain.quarantine.Bars.barred", lambda *_: False)


def _clearing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("brain.quarantine.Quarantine.clear", lambda _: None)


def _poison(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("brain.quarantine.Quarantine.note", lambda *_: None)


def _watching(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("brain.watching.Watching.refused", lambda *_: None)


def _pace(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("brain.inbox.Inbox.charge", lambda *_: None)


def _turns(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("brain.worker.Matchers._lately", lambda *_: False)


def _reading_on(patch: pytest.MonkeyPatch) -> None:
    from doorbus.connection import Connection

    patch.setattr(Connection, "_full", property(lambda _: False))


def _client_id_mark(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("doorbus.tls.client_id", lambda name, _: f"doorward/{name}")


_FORGERY: Final = "faults/test_forgery.py::"
_BRAIN: Final = "faults/test_brain_forgery.py::"
_DOOR: Final = "integration/test_edge_door.py::"
_TRUST: Final = "integration/test_broker_trust.py::"
_CONSOLES: Final = "integration/test_brain_consoles.py::"
_REST: Final = "integration/test_brain_at_rest.py::"
_VISIT: Final = "unit/test_edge_visit.py::"
_LOOKERS: Final = "unit/test_brain_lookers.py::"
_HOSTILE: Final = "integration/test_brain_hostile.py::"
_BOLT: Final = "unit/test_edge_lock_bolt.py::"
_RECOGNITION: Final = "integration/test_brain_recognition.py::"

MUTANTS: Final[dict[str, Mutant]] = {
    "edge-signature": Mutant(
        "verdicts and orders are believed unsigned",
        _edge_signature,
        (f"{_FORGERY}test_forged_verdicts_open_nothing",),
    ),
    "edge-epoch": Mutant(
        "a verdict for another boot counts",
        _edge_epoch,
        (f"{_DOOR}test_a_verdict_for_another_boot_or_door_moves_nothing",),
    ),
    "edge-door": Mutant(
        "a verdict for another door counts",
        _edge_door,
        (f"{_DOOR}test_a_verdict_for_another_boot_or_door_moves_nothing",),
    ),
    "edge-nonce": Mutant(
        "a verdict of another visit counts",
        _nonce,
        (f"{_VISIT}test_a_verdict_for_another_visit_or_nonce_never_counts",),
    ),
    "edge-late": Mutant(
        "nothing runs out at the door",
        _late_verdict,
        (
            f"{_VISIT}test_a_late_verdict_never_counts",
            f"{_FORGERY}test_a_verdict_that_comes_late_opens_nothing",
        ),
    ),
    "edge-retained": Mutant(
        "retained verdicts and orders are read",
        _edge_retained,
        (f"{_FORGERY}test_a_retained_word_of_the_brain_opens_nothing",),
    ),
    "edge-challenge-reuse": Mutant(
        "a challenge is good more than once",
        _challenge_reuse,
        (f"{_FORGERY}test_an_order_counts_once_and_for_the_door_that_was_asked",),
    ),
    "edge-challenge": Mutant(
        "an order needs no challenge",
        _challenge_none,
        (f"{_FORGERY}test_an_order_counts_once_and_for_the_door_that_was_asked",),
    ),
    "edge-command-number": Mutant(
        "a repeated command counts",
        _command_number,
        (f"{_DOOR}test_a_replayed_command_does_nothing",),
    ),
    "edge-ack": Mutant(
        "acks are believed unsigned and of any boot",
        _ack_signature,
        (f"{_BRAIN}test_a_forged_ack_makes_a_door_forget_nothing",),
    ),
    "edge-pause": Mutant(
        "no pause after refusals",
        _pause,
        (f"{_VISIT}test_five_refused_attempts_in_a_row_pause_the_door",),
    ),
    "edge-spool-seal": Mutant(
        "pictures wait unsealed",
        _spool_seal,
        (f"{_REST}test_a_doors_spool_shows_no_face_and_is_empty_once_all_is_confirmed",),
    ),
    "lock-heartbeat": Mutant(
        "the lock does not miss the edge's heartbeat",
        _heartbeat,
        (f"{_BOLT}test_a_late_heartbeat_closes_and_a_heartbeat_after_it_does_not_open_again",),
    ),
    "lock-hold": Mutant(
        "every hold is endless",
        _hold,
        (f"{_BOLT}test_a_hold_opens_until_its_end",),
    ),
    "lock-stale": Mutant(
        "a hold of long ago opens",
        _stale_hold,
        (f"{_BOLT}test_a_hold_that_is_stale_or_from_another_clock_opens_nothing",),
    ),
    "brain-signature": Mutant(
        "bursts, frames and events are believed unsigned",
        _brain_signature,
        (f"{_BRAIN}test_forged_frames_do_not_get_into_an_open_enrolment",),
    ),
    "brain-freshness": Mutant(
        "a replayed burst is a new one",
        _freshness,
        (f"{_BRAIN}test_replayed_and_resigned_bursts_change_nothing",),
    ),
    "brain-retained": Mutant(
        "retained requests are carried out",
        _brain_retained,
        (f"{_BRAIN}test_an_admin_request_counts_once_however_it_comes",),
    ),
    "brain-transaction": Mutant(
        "a repeated request is a new one",
        _transaction,
        (f"{_BRAIN}test_an_admin_request_counts_once_however_it_comes",),
    ),
    "brain-enrolment-door": Mutant(
        "any door may fill an open enrolment",
        _enrolment_door,
        (f"{_BRAIN}test_forged_frames_do_not_get_into_an_open_enrolment",),
    ),
    "brain-lanes": Mutant(
        "all doors share one queue of the brain",
        _lanes,
        ("unit/test_brain_inbox.py::", "faults/test_flood.py::"),
    ),
    "brain-life": Mutant(
        "no evidence of life is asked for",
        _life,
        (f"{_RECOGNITION}test_without_accepted_evidence_of_life_nobody_is_let_in",),
    ),
    "brain-copies": Mutant(
        "copies of one picture are a burst",
        _copies,
        (f"{_RECOGNITION}test_unusable_pictures_are_refused_with_their_reason",),
    ),
    "jpeg-header": Mutant(
        "any file goes to the decoder",
        _jpeg_header,
        ("unit/test_faces_jpeg.py::",),
    ),
    "looker-confinement": Mutant(
        "who looks at pictures may take any memory and open anything",
        _unconfined,
        (
            f"{_LOOKERS}test_memory_is_bounded_to_what_the_networks_take_and_some",
            f"{_LOOKERS}test_a_process_has_no_secret_no_file_and_no_connection",
        ),
    ),
    "looker-time": Mutant(
        "a picture may take as long as it likes",
        _endless_looks,
        (f"{_HOSTILE}test_a_burst_that_hangs_is_denied_and_the_next_is_answered",),
    ),
    "brain-bars": Mutant(
        "a door that breaks what looks at its pictures is looked at again and again",
        _bars,
        (
            f"{_HOSTILE}test_a_door_that_keeps_breaking_what_looks_at_it_is_not_looked_at_for_a_while",
        ),
    ),
    "quarantine": Mutant(
        "poison is neither counted nor kept",
        _poison,
        (
            f"{_HOSTILE}test_a_burst_that_breaks_what_looks_at_it_is_denied_kept_and_never_tried_again",
        ),
    ),
    "quarantine-clear": Mutant(
        "samples outlive a resident who may be in them",
        _clearing,
        (f"{_HOSTILE}test_removing_a_resident_clears_what_was_kept_of_broken_messages",),
    ),
    "brain-watch": Mutant(
        "nobody is told of guessing across doors",
        _watching,
        (f"{_HOSTILE}test_somebody_who_tries_again_and_again_is_told_and_audited",),
    ),
    "brain-pace": Mutant(
        "a door is heard as often as it speaks",
        _pace,
        ("unit/test_brain_inbox.py::",),
    ),
    "matchers-turns": Mutant(
        "a door that sends burst after burst is served like any other",
        _turns,
        (
            "unit/test_brain_worker.py::test_whoever_worked_for_a_flooding_door_helps_others_before_it_takes_the_next",
        ),
    ),
    "bus-reading": Mutant(
        "a connection reads on whatever waits for its acks",
        _reading_on,
        ("unit/test_doorbus_connection.py::",),
    ),
    "client-id-mark": Mutant(
        "ids of staff end in no secret",
        _client_id_mark,
        (f"{_TRUST}test_an_administrator_who_claims_the_brains_name_throws_it_not_out",),
    ),
    "key-take-over": Mutant(
        "a door's old key counts after its new one was used",
        _take_over,
        ("integration/test_brain_key_rotation.py::",),
    ),
    "vault-seal": Mutant(
        "names, cards, templates and frames lie in plain",
        _sealing,
        (f"{_REST}test_the_brains_disk_shows_no_face_no_name_no_card_and_no_template",),
    ),
    "vault-erasure": Mutant(
        "a removed resident's key is kept",
        _erasure,
        (f"{_REST}test_after_removal_not_even_the_keys_open_a_copy_that_was_stolen_before",),
    ),
    "audit-chain": Mutant(
        "the audit's entries are not chained",
        _audit_chain,
        ("unit/test_brain_core_audit_chain.py::test_an_edit_shows_at_its_entry",),
    ),
    "broker-access-list": Mutant(
        "everybody may write and read everything",
        _access_list,
        ("integration/test_broker_acl.py::test_a_door_speaks_for_itself_only",),
    ),
    "broker-crlfile": Mutant(
        "the broker reads no revocation list",
        lambda patch: _configuration(patch, "crlfile"),
        (
            f"{_TRUST}test_a_revoked_certificate_opens_no_connection_once_the_broker_has_read_the_list",
        ),
    ),
    "broker-clientid-prefixes": Mutant(
        "staff may claim any client id",
        lambda patch: _configuration(patch, "clientid_prefixes"),
        (f"{_TRUST}test_staff_cannot_claim_the_id_of_a_door",),
    ),
    "broker-username-as-clientid": Mutant(
        "doors may claim any client id",
        lambda patch: _configuration(patch, "use_username_as_clientid"),
        (f"{_TRUST}test_a_door_has_its_name_for_an_id_whatever_it_asks_for",),
    ),
    "broker-tls": Mutant(
        "the broker speaks older TLS",
        lambda patch: _configuration(patch, "tls_version"),
        ("integration/test_broker_acl.py::test_a_client_that_cannot_speak_tls_1_3_is_refused",),
    ),
    "console-role": Mutant(
        "the brain does not ask what an account's role may",
        lambda patch: patch.setattr("brain.asking.Asker.check", lambda *_: None),
        (f"{_CONSOLES}test_a_porter_is_refused_what_is_for_administrators",),
    ),
    "console-ceiling": Mutant(
        "the brain believes the role that a console states, whatever its ceiling",
        lambda patch: patch.setattr("brain.asking.lower", lambda _most, stated: stated),
        (f"{_CONSOLES}test_the_ceiling_of_the_console_counts_whatever_it_states",),
    ),
    "console-speaker": Mutant(
        "a console need not say for whom it asks",
        _console_speaker,
        (f"{_CONSOLES}test_a_console_that_does_not_say_for_whom_it_asks_gets_nothing",),
    ),
    "certificate-names": Mutant(
        "certificates are made for any name",
        _certificate_names,
        (
            "unit/test_doorctl_keys_change.py::test_an_authority_gives_no_certificate_to_a_name_that_topics_cannot_carry",
        ),
    ),
}
"""Each defence that `make mutants` takes away, by name."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mutant", choices=sorted(MUTANTS), help="break one defence, to see red")


def pytest_configure(config: pytest.Config) -> None:
    name = config.getoption("--mutant")
    if name is not None:
        patch = pytest.MonkeyPatch()
        MUTANTS[name].broken(patch)
        config.add_cleanup(patch.undo)
