"""How does an administrator's request get its one response?"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import structlog
from pydantic import TypeAdapter, ValidationError

from brain import (
    code_operations,
    enrolment_operations,
    logbook,
    operations,
    resident_operations,
    resident_reading,
    rules_operations,
    rules_reading,
    template_operations,
)
from brain.answering import Answering, refused
from brain.asking import Asker, Consoles, level_of, op_of, principal_of
from brain.core.rates import Rates
from brain.counting import Counting
from brain.errors import BrainError, RequestRefused
from brain.limiting import Limiting
from brain.operations import Done, House
from brain.orders import Orders
from brain.refusals import Refusals
from brain.store_ports import Work
from doorbus import codec
from doorbus.bus import Wire
from doorbus.errors import MessageError
from doorbus.messages import (
    Add,
    Cancel,
    Change,
    Disable,
    Enable,
    Enroll,
    ErrorCode,
    ErrorResponse,
    Evacuate,
    ExportResident,
    IssuePass,
    ListErasures,
    ListPasses,
    ListResidents,
    Lockdown,
    Note,
    OkResponse,
    Payload,
    ReadEvents,
    ReadFigures,
    ReadLog,
    Reenroll,
    Release,
    Remove,
    Rename,
    Show,
    TakeDoorSnapshot,
    Transaction,
    Undo,
    Unlock,
)
from doorbus.topics import REQUEST, RESPONSE

_log = structlog.get_logger()

# Each operation takes its own kind of request, which a dictionary's type cannot say.
_CHANGES: dict[type[Change], Callable[[House, Work, Any], Done]] = {
    Add: resident_operations.add,
    Rename: resident_operations.rename,
    Enroll: enrolment_operations.enroll,
    Cancel: enrolment_operations.cancel,
    Disable: resident_operations.disable,
    Enable: resident_operations.enable,
    Remove: resident_operations.remove,
    Reenroll: enrolment_operations.reenroll,
    Undo: template_operations.undo,
    TakeDoorSnapshot: operations.snapshot,
    Note: operations.note,
    **rules_operations.CHANGES,
    **code_operations.CHANGES,
}
_READS: dict[type[Payload], Callable[[House, Work, Any], dict[str, Any]]] = {
    ListResidents: resident_reading.list_residents,
    Show: resident_reading.show,
    ExportResident: resident_reading.export,
    ListErasures: resident_reading.list_erasures,
    **rules_reading.READS,
}
_READS_BY_ROLE: dict[type[Payload], Callable[[House, Work, Asker, Any], dict[str, Any]]] = {
    ReadLog: logbook.read_log,
    ReadEvents: logbook.read_events,
    ListPasses: code_operations.passes,
}
"""What is answered by what the asker may be told."""

_AGAIN: dict[type[Change], Callable[[House, Work, OkResponse], OkResponse]] = {
    Enroll: enrolment_operations.again,
    Reenroll: enrolment_operations.again,
    IssuePass: code_operations.again,
}
_TRANSACTION: TypeAdapter[str] = TypeAdapter(Transaction)


class Administration:
    """Answers requests; on one thread."""

    def __init__(
        self,
        house: House,
        answering: Answering,
        orders: Orders,
        refusals: Refusals,
        *,
        rates: Rates,
        consoles: Consoles,
        counting: Counting,
    ) -> None:
        self._counting = counting
        self._consoles = consoles
        self._limiting = Limiting(house, answering, rates)
        self._house = house
        self._answering = answering
        self._orders = orders
        self._refusals = refusals

    def take(self, wire: Wire) -> None:
        """A message on `admin/users` or below: exactly one response, now or when it is known."""
        if wire.topic == RESPONSE.bare:
            return  # our own response to `shared`: the subscription `admin/users/+` covers it
        if not wire.payload:
            return  # how a client has the broker forget what it retained
        response = self._respond(wire)
        if response is not None:
            self._answering.publish(principal_of(wire.topic), response)

    def _respond(self, wire: Wire) -> OkResponse | ErrorResponse | None:
        transaction = _transaction_of(wire.payload)
        if wire.retain:
            text = (
                "retained requests are refused; publish without the retain flag, and have the "
                f"broker forget this one: mosquitto_pub -r -n -t {wire.topic}"
            )
            self._refusals.note(wire.topic, text)
            return refused(ErrorCode.RETAINED, text, transaction)
        try:
            asker = self._consoles.asker(wire)
            request = codec.decode(REQUEST, wire)
        except MessageError as error:
            self._refusals.note(wire.topic, str(error))
            text = str(error).removeprefix(f"{wire.topic}: ")
            return refused(ErrorCode.BAD_REQUEST, text, transaction)
        try:
            return self._answer(asker, request)
        except Exception:  # noqa: BLE001  # every request gets an answer, whatever broke
            _log.exception("a request failed", op=request.op)
            return refused(
                ErrorCode.BRAIN_ERROR,
                "the brain could not do it, and changed nothing; see its log, then try again",
                request.transaction,
            )

    def _answer(self, asker: Asker, request: Any) -> OkResponse | ErrorResponse | None:
        try:
            asker.check(request)
        except RequestRefused as why:
            # Not the answer of old: who may do it no longer may not be told that either.
            self._refusals.note(REQUEST.name(level_of(asker.principal)), str(why))
            changes = isinstance(request, Change)
            if changes and self._answering.again(asker.principal, request) is None:
                often = self._limiting.not_allowed(asker, request)
                return often or self._refuse(asker.principal, request, why)
            return refused(why, transaction=request.transaction)
        if isinstance(request, Change):
            return self._change(asker, request)
        return self._read(asker, request)

    def _read(self, asker: Asker, request: Any) -> OkResponse | ErrorResponse | None:
        try:
            if isinstance(request, ReadFigures):
                self._counting.begin(asker, request)
                return None  # its one response comes once all is counted
            with self._house.store.work() as work:
                data = self._data(work, asker, request)
                if isinstance(request, ExportResident):
                    who = data["resident"]
                    self._answering.record(work, asker.principal, "export", resident=who)
        except RequestRefused as why:
            return refused(why, transaction=request.transaction)
        return OkResponse(transaction=request.transaction, data=data)

    def _data(self, work: Work, asker: Asker, request: Any) -> dict[str, Any]:
        by_role = _READS_BY_ROLE.get(type(request))
        if by_role is not None:
            return by_role(self._house, work, asker, request)
        return _READS[type(request)](self._house, work, request)

    def _change(self, asker: Asker, request: Change) -> OkResponse | ErrorResponse | None:
        principal = asker.principal
        before = self._answering.again(principal, request)
        if before is not None:
            begun = isinstance(before, ErrorResponse) and before.code is ErrorCode.OUTCOME_UNKNOWN
            if begun and self._orders.under_way(principal, request.transaction):
                return None  # its one response is still to come
            return self._whole(request, before)
        often = self._limiting.change(asker, request)
        if often is not None:
            return often
        try:
            if isinstance(request, Unlock | Lockdown | Evacuate | Release):
                self._orders.begin(principal, request)
                return None
            return self._carry_out(principal, request)
        except RequestRefused as why:
            return self._refuse(principal, request, why)

    def _carry_out(self, principal: str, request: Change) -> OkResponse:
        with self._house.store.work() as work:
            done = _CHANGES[type(request)](self._house, work, request)
            response = OkResponse(transaction=request.transaction, data=done.data)
            self._answering.begin(work, principal, request)
            self._answering.keep(work, principal, response)
            self._answering.record(
                work,
                principal,
                done.what or op_of(request),
                resident=done.resident,
                door=done.door,
                reason=done.reason,
            )
        for step in done.after:
            try:
                step()
            except BrainError:
                # It is committed: the answer stands, and the next start mends the rest.
                _log.exception("a request's last step failed", op=op_of(request))
        return response.model_copy(update={"data": done.data | done.unkept})

    def _whole(
        self, request: Change, before: OkResponse | ErrorResponse
    ) -> OkResponse | ErrorResponse:
        """An answer as it was given, of which a part is not kept."""
        again = _AGAIN.get(type(request))
        if again is None or not isinstance(before, OkResponse):
            return before
        with self._house.store.work() as work:
            return again(self._house, work, before)

    def _refuse(self, principal: str, request: Change, why: RequestRefused) -> ErrorResponse:
        response = refused(why, transaction=request.transaction)
        with self._house.store.work() as work:
            self._answering.begin(work, principal, request)
            self._answering.keep(work, principal, response)
            self._answering.record(
                work, principal, op_of(request), reason=f"refused: {why.code.value}"
            )
        return response


def _transaction_of(payload: bytes) -> str | None:
    """The transaction of a request that may be wrong otherwise."""
    try:
        return _TRANSACTION.validate_python(json.loads(payload)["transaction"])
    except (ValueError, ValidationError, KeyError, TypeError, RecursionError):
        return None
